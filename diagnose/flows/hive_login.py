"""With which SASL mechanism do clients of these files log in to HiveServer2, or to a server that
answers as it does?

HiveServer2 with NONE, LDAP, PAM or CUSTOM takes PLAIN. With KERBEROS it takes GSSAPI, and
DIGEST-MD5 for delegation tokens. If Hadoop uses Kerberos, GSSAPI stands beside PLAIN, although a
real one may close each connection that starts PLAIN. With NOSASL it speaks Thrift without SASL. The
Spark Thrift Server has Hive's code and keys. Kyuubi takes a list of logins, and has every mechanism
of it.
Sources: HiveAuthFactory, Hive 3.1.3 and Spark 3.5.6; KyuubiAuthenticationFactory, Kyuubi 1.7.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from diagnose.flows.client_files import CORE, SPARK_PREFIX
from diagnose.flows.cluster import View
from diagnose.flows.model import Read
from diagnose.flows.zookeeper import SERVER_FILES
from probes.frozen import frozen
from probes.origin import Origin

HIVE, SPARK, KYUUBI = "hive-site.xml", "spark-defaults.conf", "kyuubi-defaults.conf"
HIVE_LOGIN = "hive.server2.authentication"
HADOOP_LOGIN = "hadoop.security.authentication"
PLAIN, GSSAPI = "PLAIN", "GSSAPI"
OF_KERBEROS = "KERBEROS"


@frozen
class LoginKeys:
    """Where the files say how clients log in to a service."""

    files: tuple[str, ...]
    """Kinds of the files. The first one that sets a key wins."""
    file: str
    """Kind of the file that should set it."""
    login: str
    """Key of the login."""
    principal: str
    """Key of the service's principal."""
    passwords: tuple[str, ...]
    """Logins that use PLAIN. The first one is that of a service whose files name none."""
    whole: bool
    """True if the service reads no other file, so that a file without the key means the default."""


LOGINS: Mapping[str, LoginKeys] = {
    "hiveserver2": LoginKeys(
        SERVER_FILES,
        HIVE,
        HIVE_LOGIN,
        f"{HIVE_LOGIN}.kerberos.principal",
        ("NONE", "LDAP", "PAM", "CUSTOM"),
        whole=True,
    ),
    # A hive-site.xml of its own may say it as well.
    "spark-thrift": LoginKeys(
        (SPARK,),
        SPARK,
        f"{SPARK_PREFIX}{HIVE_LOGIN}",
        f"{SPARK_PREFIX}{HIVE_LOGIN}.kerberos.principal",
        ("NONE", "LDAP", "PAM", "CUSTOM"),
        whole=False,
    ),
    "kyuubi": LoginKeys(
        (KYUUBI,),
        KYUUBI,
        "kyuubi.authentication",
        "kyuubi.kinit.principal",
        ("NONE", "LDAP", "JDBC", "CUSTOM"),
        whole=True,
    ),
}
"""Component -> where its login stands."""


@frozen
class HiveLogin:
    """How clients of these files log in to a service."""

    mechanism: str
    """PLAIN or GSSAPI."""
    read: Read
    """The value of the key. An empty value of no line if no file sets it."""
    file: str
    """Kind of the file that sets it, or should."""


def hive_login(view: View, component: str) -> HiveLogin | None:
    """Return how clients log in to a component of LOGINS.

    None if the files do not tell, have no SASL, or let clients choose. A file that does not set it
    means the default. Beside any sign of Kerberos it may be a part of the real one, so it does not
    tell.
    """
    keys = LOGINS[component]
    for file in keys.files:
        read = view.read(keys.login, file)
        if read is not None:
            mechanisms = {_mechanism(keys, word) for word in re.split(r"[,\s]+", read.value) if word}
            only = mechanisms.pop() if len(mechanisms) == 1 else None
            return None if only is None else HiveLogin(only, read, file)
    is_unread = any(view.is_unread(file) for file in (*keys.files, CORE))
    if not keys.whole or not view.has(keys.file) or is_unread or _may_use_kerberos(view, keys):
        return None
    return HiveLogin(PLAIN, Read("", Origin(keys.file, None, keys.login)), keys.file)


def _mechanism(keys: LoginKeys, word: str) -> str | None:
    if word.upper() in keys.passwords:
        return PLAIN
    return GSSAPI if word.upper() == OF_KERBEROS else None


def _may_use_kerberos(view: View, keys: LoginKeys) -> bool:
    login = view.read(HADOOP_LOGIN, CORE)
    return (
        (view.case.cluster.security_mode or "").upper() == "KERBEROS"
        or view.read(keys.principal, *keys.files) is not None
        or (login is not None and login.value.lower() == "kerberos")
    )


def can_use_kerberos(view: View, component: str) -> bool:
    """Return True if the files have what a login with Kerberos needs beside the mechanism."""
    keys, login = LOGINS[component], view.read(HADOOP_LOGIN, CORE)
    is_on = login is not None and login.value.lower() == "kerberos"
    return is_on and view.read(keys.principal, *keys.files) is not None
