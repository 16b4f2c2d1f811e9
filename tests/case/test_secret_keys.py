"""Given a key of a setting, is its value a secret?"""

from __future__ import annotations

import pytest

from diagnose.case.secret_keys import is_secret_key


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("hadoop.security.group.mapping.ldap.bind.password", True),
        ("javax.jdo.option.ConnectionPassword", True),
        ("fs.s3a.bucket.x.secret.key", True),
        ("fs.azure.account.key.x.blob.core.windows.net", True),
        ("fs.oss.accessKeyId", True),
        ("spark.authenticate.secret", True),
        ("OSS_ACCESS_KEY_SECRET", True),
        ("NextToken", False),
        ("hive.metastore.uris", False),
        ("dfs.encryption.key.provider.uri", False),
        ("hadoop.security.key.provider.path", False),
        ("dfs.namenode.kerberos.principal", False),
        ("dfs.namenode.keytab.file", False),
    ],
)
def test_a_key_is_secret_as_hadoop_and_spark_say(key: str, wanted: bool) -> None:
    assert is_secret_key(key) is wanted
