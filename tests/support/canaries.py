"""How is a case made with a secret in every file, and how are the secrets found in an output?

Each place has a canary of its own, so a failure names the place that leaks.
"""

from __future__ import annotations

import base64
import json
import re

from diagnose.case import directory, recorded
from diagnose.case.model import Recorded
from diagnose.case.tree import Tree
from diagnose.flows.plan import flows
from probes.observation import Observation
from tests.fuzz.files import as_files
from tests.support import incident_cases
from tests.support.case_files import xml
from tests.support.fake_kdc import REALM
from tests.support.keytab_files import file, record

KEY = b"CaNaRyKeyOf32BytesInTheKeytab___"
USERINFO_KEYS = (
    *("fs.defaultFS", "dfs.namenode.http-address", "yarn.resourcemanager.address", "yarn.log.server.url"),
    *("mapreduce.jobhistory.address", "hive.metastore.uris", "hive.zookeeper.quorum", "hbase.rootdir"),
    *("dfs.encryption.key.provider.uri", "hadoop.security.key.provider.path", "dfs.namenode.shared.edits.dir"),
    *("fs.viewfs.mounttable.default.link./a", "spark.yarn.archive", "kyuubi.ha.addresses", "discovery.uri"),
)
SECRET_KEYS = (
    *("fs.oss.accessKeyId", "fs.oss.accessKeySecret", "fs.oss.securityToken", "javax.jdo.option.ConnectionPassword"),
    *("hadoop.security.group.mapping.ldap.bind.password", "ssl.server.keystore.keypassword", "spark.ssl.keyPassword"),
    *("internal-communication.shared-secret", "hive.server2.keystore.password", "spark.authenticate.secret"),
)


class Canaries:
    """Makes a word for each place, and looks for the words in outputs."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def at(self, place: str) -> str:
        word = f"CaNaRy{len(self.places):03}x"
        self.places[word] = place
        return word

    def found_in(self, *texts: str | bytes) -> set[str]:
        """Return the places whose canary is in a text. A page may break a word."""
        joined = "\n".join(text.decode("utf-8", "replace") if isinstance(text, bytes) else text for text in texts)
        leaked = {self.places[word] for word in re.findall(r"CaNaRy\d{3}x", "".join(joined.split()))}
        shapes = (KEY.decode(), KEY.hex(), KEY.hex(":"), base64.b64encode(KEY).decode(), repr(KEY)[2:-1])
        return leaked | {"the key of the keytab" for shape in shapes if shape.lower()[:20] in joined.lower()}


def planted(canaries: Canaries) -> dict[str, bytes]:
    """Return a case with a secret in every file, and with names that do not change its meaning."""
    at = canaries.at
    files = as_files(incident_cases.healthy(kerberos=True))
    secrets = {key: at(f"{key} in XML") for key in SECRET_KEYS}
    addresses = {key: f"thrift://hive:{at(f'{key} in XML')}@master-1-1:9083" for key in USERINFO_KEYS}
    for name in ("core-site.xml", "hdfs-site.xml", "yarn-site.xml", "mapred-site.xml", "hbase-site.xml"):
        url = f"jdbc:mysql://u:{at(f'JDBC userinfo in {name}')}@h/db?user=hive&amp;password={at(f'JDBC in {name}')}"
        files[name] = (
            xml(**secrets, **addresses, **{"javax.jdo.option.ConnectionURL": url})
            + f"<!-- {at(f'a comment in {name}')} -->"
        ).encode()
    properties = "".join(f"{key} {value}\n" for key, value in {**secrets, **addresses}.items())
    files["spark-defaults.conf"] = f"{properties}# {at('a comment of spark-defaults')}\n".encode()
    files["kyuubi-defaults.conf"] = files["zoo.cfg"] = files["trino/config.properties"] = properties.encode()
    files["spark-env.sh"] = (
        f"export OSS_ACCESS_KEY_SECRET={at('spark-env.sh')}\n"
        f"export SPARK_MASTER_HOST='u:{at('a host of spark-env.sh')}@h'\n"
        f"SPARK_DAEMON_JAVA_OPTS='-Dx.password={at('options')}'\n"
    ).encode()
    files["krb5.conf"] += (
        f"# {at('a comment of krb5.conf')}\n[appdefaults]\n pkinit_pin = {at('appdefaults')}\n".encode()
    )
    files["hosts"] += f"# {at('a comment of hosts')}\n".encode()
    files["case.toml"] += f"# {at('a comment of case.toml')}\n".encode()
    files["GetCluster.json"] = json.dumps(
        {
            "Cluster": {
                "ClusterId": incident_cases.CLUSTER,
                "RegionId": "cn-hangzhou",
                "AccessKeySecret": at("a cluster"),
            },
            "AccessKeyId": at("an AccessKeyId"),
            "AccessKeySecret": at("an AccessKeySecret"),
            "SecurityToken": at("a SecurityToken"),
        }
    ).encode()
    items = [
        {"ApplicationName": "HIVE", "ConfigFileName": "hive-site.xml", "ConfigItemKey": key, "ConfigItemValue": value}
        for key, value in (
            ("javax.jdo.option.ConnectionPassword", at("an item of an answer")),
            ("hive.metastore.uris", f"thrift://u:{at('an address of an answer')}@master-1-1:9083"),
            ("javax.jdo.option.ConnectionURL", f"jdbc:mysql://h/db?password={at('JDBC of an answer')}"),
        )
    ]
    files["ListApplicationConfigs.json"] = json.dumps({"ApplicationConfigs": items}).encode()
    files["GetComputeResourceAuthUserMappings.json"] = json.dumps(
        {
            "Data": {
                "HadoopAuthType": "ldap",
                "Accounts": [{"UserId": "2001", "Username": "alice", "Password": at("a password of a mapping")}],
            }
        }
    ).encode()
    connection = {"clusterId": incident_cases.CLUSTER, "envType": "Prod"}
    places = [
        {"Id": 1, "ConnectionProperties": {**connection, "password": at("a connection")}},
        {"Id": 2, "ConnectionProperties": json.dumps({**connection, "accessKey": at("a connection as text")})},
    ]
    files["ListComputeResources.json"] = json.dumps(
        {
            "PagingInfo": {
                "TotalCount": 1,
                "ComputeResources": [{"Name": "emr_prod", "Type": "emr", "ComputeResource": places}],
            }
        }
    ).encode()
    for name in ("krb5kdc.log", "hadoop-namenode.log", "hiveserver2.log", "other.log"):
        files[name] = (
            "Nov 23 23:41:03 h krb5kdc[11078](info): AS_REQ (1 etypes {18}) 192.168.10.7: NEEDED_PREAUTH: "
            f"alice@{REALM} for krbtgt/{REALM}@{REALM}, password={at(f'a password in {name}')}\n"
            f"server.HiveServer2 hdfs.server.namenode jdbc:mysql://u:{at(f'an address in {name}')}@h/db\n"
        ).encode()
    files["ss-master-1-1.txt"] = f'LISTEN 0 1 0.0.0.0:8020 0.0.0.0:* users:(("password={at("ss")}",pid=1))\n'.encode()
    files["iptables-master-1-1.txt"] = (
        "-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 8020 -m comment --comment "
        f'"password={at("a comment of iptables")}" -j DROP\n'
    ).encode()
    files["id_rsa"] = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{at('a private key')}\n".encode()
    files[".env"] = f"SECRET={at('.env')}\n".encode()
    files["hive.keytab"] = file([record("hive/master-1-1", 18, KEY)])
    return files


def observed(files: dict[str, bytes], canaries: Canaries) -> bytes:
    """Return observations whose details quote what servers wrote."""
    entries = []
    for index, flow in enumerate(flows(directory.of_tree(Tree("case", files))).flows):
        detail: dict[str, object] = {
            "text": f"login with password={canaries.at('a text of an observation')} failed",
            "error": f"cannot reach jdbc:mysql://u:{canaries.at('an error of an observation')}@h/db",
            "location": f"https://u:{canaries.at('a location')}@h:9871/?token={canaries.at('a token')}",
            "e_text": f"u:{canaries.at('e-text')}@h",
            "nested": {"list": [f"thrift://u:{canaries.at('a nested text')}@h"]},
        }
        reason = ("syn-ack", "service-reply", "kerberos-reply")[index % 3]
        entries.append(Recorded(flow.id, Observation("local", "open", reason, detail=detail)))  # type: ignore[arg-type]
    return recorded.encode(entries)
