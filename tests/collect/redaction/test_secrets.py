"""Given a case in which every file holds secrets, does one of them reach the redacted case?

Each place has a canary of its own, so a failure names the place that leaks.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import textwrap
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.case import files
from diagnose.case.tree import Tree
from diagnose.cli import main
from diagnose.collect.redaction.one_file import redacted
from diagnose.collect.redaction.redact import redact
from tests.support.canaries import KEY, Canaries, observed, planted
from tests.support.keytab_files import file, record
from tests.support.log_samples import LOGS
from tests.support.places import FIXTURES

PUTTY = (
    "PuTTY-User-Key-File-3: ssh-ed25519{end}Encryption: none{end}Comment: root password {{0}}{end}Public-Lines: 1{end}"
    "AAAAC3NzaC1lZDI1NTE5{end}Private-Lines: 2{end}AAAAI{{0}}{end}{{0}}=={end}Private-MAC: 6ad{{0}}{end}"
)
PRINC = (
    "princ\t38\t20\t4\t2\t0\thive/h.acme.cn@R.COM\t0\t86400\t0\t0\t0\t0\t2\t21\t64680d6b{0}\t1\t1\t18\t62\t2000"
    f"{KEY.hex()}{{0}}\t-1;\n"
)
PEM = "-----BEGIN {what}-----\n{word}\nTWFu\n-----END {what}-----\n"
SHAPES = (
    ("a.log", "INFO Authorization: Negotiate {0}\n"),
    ("a.log", "INFO curl -H 'Cookie: hadoop.auth=\"u=hive&s={0}\"' http://h/\n"),
    ("a.log", "Set-Cookie: {0}; HttpOnly\n"),
    ("a.log", "2026-11-29 INFO beeline -u jdbc:hive2://h:10000 -n hive --password {0}\n"),
    ("a.log", "2026-11-29 INFO aliyun ecs X --access-key-secret {0} --region r\n"),
    ("a.log", "2026-11-29 INFO -Djavax.net.ssl.trustStorePassword={0} -Dx=y\n"),
    ("a.log", "2026-11-29 GET http://h:9870/webhdfs/v1/?op=OPEN&delegation={0}\n"),
    ("a.log", "2026-11-29 GET https://b.oss/x?OSSAccessKeyId=LTAI{0}&Expires=1&Signature={0}\n"),
    ("a.log", "2026-11-29 key LTAI5t{0}\n"),
    ("a.log", "2026-11-29 STS.{0}\n"),
    ("a.log", "2026-11-29 eyJhbGciOi{0}.eyJzdWIiOi{0}.{0}\n"),
    ("a.log", '{{"accessKeySecret": "{0}"}}\n'),
    ("a.log", PEM.format(what="RSA PRIVATE KEY", word="{0}")),
    ("a.log", "-----BEGIN OPENSSH PRIVATE KEY-----\n{0}\n"),
    ("id.ppk", PUTTY.format(end="\n")),
    ("login.txt", PUTTY.format(end="\r\n")),
    ("a.log", "INFO key:\n" + PUTTY.format(end="\n") + "INFO end\n"),
    ("a.log", 'INFO {{"key": "' + PUTTY.format(end="\\n") + '"}}\n'),
    ("a.json", '{{"key": "' + PUTTY.format(end="\\r\\n") + '"}}\n'),
    ("a.log", "Private-Lines: 3\nNov 30 h x[1]: {0}\nNov 30 h x[1]: {0}\nNov 30 h x[1]: {0}\n"),
    ("a.log", "Private-Lines: 1\n{0}\n{0}{0}{0}\n"),
    (
        "a.log",
        '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "{0}"\n{0}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n',
    ),
    (
        "key.pub",
        '---- BEGIN SSH2 PUBLIC KEY ----\nComment: "{0}\\\n{0}"\nx-a: {0}\n{0}\n---- END SSH2 PUBLIC KEY ----\n',
    ),
    ("a.log", "---- BEGIN SSH2 PRIVATE KEY ----\n{0}\n{0}\n"),
    ("kdc.dump", "kdb5_util load_dump version 7\n" + PRINC + PRINC),
    ("a.log", "Nov 30 09:00:01 h x[7]: " + PRINC.replace("\t", " ")),
    ("a.json", '{{"dump": "' + PRINC.replace("\t", "\\t").replace("\n", "\\n") + '"}}\n'),
    ("a.txt", PRINC.replace(KEY.hex(), KEY.hex()[:40] + "\n" + KEY.hex()[40:])),
    ("a.txt", f"\t1\t18\t62\t2000{KEY.hex()}\t-1;\n"),
    ("a.log", "token eyJhbGciOiJkaXIi.{0}.{0}.{0}.{0} and eyJhbGciOiJkaXIi..{0}.{0}.{0}\n"),
    ("a.log", "token eyJhbGciOi{0}.eyJzdWIiOi{0}\n  {0}{0}.{0}\n"),
    ("a.log", "url=jdbc%3Amysql%3A%2F%2Fh%2Fdb%3Fuser%3Du%26password%3D{0}%26a%3Db http%3A%2F%2Fu%3A{0}%40h%2F\n"),
    ("a.log", "x=jdbc%253Amysql%253Fpassword%253D{0}%2526a\n"),
    ("a.log", '{{"url": "jdbc:mysql://h/d?user\\u003du\\u0026password\\u003d{0}\\u0026a"}}\n'),
    ("a.log", "&lt;password&gt;{0}&lt;/password&gt; \\u003cpassword\\u003e{0}\\u003c/password\\u003e\n"),
    ("a.log", "&lt;name&gt;a.password&lt;/name&gt;\n&lt;value&gt;{0}&lt;/value&gt;\n"),
    ("a.log", "HiveConf: hive.server2.keystore.password, value: {0}\n"),
    ("a.log", "password=\\\n{0}\ntoken:\n  {0}\n"),
    ("a.log", "C:\\> setx HIVE_PASSWORD {0}\n$c = ConvertTo-SecureString '{0}' -AsPlainText\n"),
    ("Dockerfile", "FROM x\nENV DB_PASSWORD {0}\n"),
    ("a.log", "Password for hive@R.COM: {0}\n+ mongo -u a -p {0}\nbind pw={0}\n"),
    ("a.log", "The password for hive is {0}. The pw is {0}, see below\n"),
    ("a.log", "password changed from {0} to {0}\n"),
    ("known_hosts", "|1|{0}{0}{0}=|{0}{0}{0}= ssh-rsa AAAAB3NzaC1yc2E{0}{0}{0}\n"),
    ("a.log", "https://hooks.slack.com/services/T000/B000/{0}\n"),
    ("a.json", '{{"headers": [["Authorization", "Digest {0}"], ["Cookie", "a={0}"]]}}'),
    ("notes.txt", "the secret is {0}, the password was {0}; token: {0}\n"),
    ("notes.txt", "AccessKey LTAI5t{0} / {0}{0}{0}\nAK LTAI5t{0}\nSK {0}\n"),
    ("notes.md", "AccessKey ID: LTAI5t{0}\n\nand the other one of the pair\n\n    {0}{0}{0}\n"),
    ("notes.txt", 'Please use access key secret `{0}` and the JWT "{0}".\n'),
    ("notes.txt", "AccessKey Secret 是 {0}，SK为{0}，密码改成{0}，令牌{0}\n"),
    ("a.log", "INFO changed the password to {0} with secret key {0}\n"),
    ("a.json", '{{"message": "my AK is LTAI5t{0} and SK is {0}{0}{0}"}}\n'),
    ("a.log", "INFO Map(spark.ssl.keyPassword -> {0}, a -> b), (spark.hadoop.fs.oss.accessKeySecret,{0})\n"),
    ("a.log", "INFO fs.oss.accessKeySecret = {0}\n"),
    ("a.log", "INFO accessKeySecret: {0}, javax.jdo.option.ConnectionPassword: {0}\n"),
    ("a.log", 'INFO {{\\"accessKeySecret\\":\\"{0}\\", \\"password\\": \\"a {0}\\"}}\n'),
    ("a.log", "INFO <name>fs.oss.accessKeySecret</name>\n<value>{0}</value>\n"),
    ("a.log", "INFO Item{{key='fs.oss.accessKeySecret', value='{0}'}} Item{{key=a.password, value={0}}}\n"),
    ("a.log", "| javax.jdo.option.ConnectionPassword | {0} |\n"),
    ("a.log", "INFO jdbc:oracle:thin:scott/{0}@//h:1521/x jdbc:oracle:thin:scott/{0}@h:1521:x\n"),
    ("a.log", "INFO git clone https://ghp_{0}{0}@git.example/x\n"),
    ("a.log", "INFO curl -s -u hive:{0} http://h/ ; curl --user 'hive:{0}' http://h/\n"),
    ("a.log", "+ sshpass -p {0} ssh h\n+ beeline -u jdbc:hive2://h -n hive -p {0}\n+ mysql -uroot -p{0} -h h\n"),
    ("a.log", "+ ldapsearch -D cn=a -w {0}\n+ kadmin -p a/admin -w {0}\n+ openssl x -passin pass:{0}\n"),
    ("a.log", "INFO hadoop.auth=\"u=hive&p=hive@R&t=kerberos&e=1&s={0}=\"; ('Authorization', '{0}')\n"),
    ("a.log", "INFO CREATE USER hive IDENTIFIED BY '{0}'\n"),
    ("a.log", "INFO keytab BQIAAABSAAEAC1JFQUxNLkxPQ0FM{0}\n"),
    ("a.log", "hive:$6$saltsalt${0}.abcdef:1:2:::\n"),
    ("a.log", "DBPASS={0} OSS_AK={0} OSS_SK={0} bindpw={0} fs.azure.sas.c.a={0}\n"),
    ("a.log", "INFO password=a,{0} password=a;{0}; password=a&{0}&user=b password: 'a, {0}'\n"),
    ("a.log", "INFO thrift://u:a,{0}@h:9083 thrift://u:a;{0}@h:9083\n"),
    ("a.log", "登录密码：{0}，口令: {0}\n"),
    ("a.log", "INFO SPARK_OPTS='-Dssl.keystore.pass={0} -Da=b'\n"),
    (
        "a.log",
        "EncryptionKey: keyType=18 keyBytes (hex dump)=\n0000: 9A 0B 37 44 51 6A 7B 8C   9D  {0}\n0010: 1F  {0}\n",
    ),
    (
        "a.log",
        "Nov 30 09:00:01 h java[7]: 0000: 9A 0B 37 44 51 6A 7B 8C   {0}\r\nNov 30 09:00:01 h java[7]: 0008: 9A {0}\r\n",
    ),
    ("a.txt", "00000000: 0502 0000 0052 0002 000b {0}\n00000010: 05 {0}\n"),
    ("a.txt", "cert\n-----BEGIN CERTIFICATE-----\nMII\n-----BEGIN PRIVATE KEY-----\n{0}\n-----END PRIVATE KEY-----\n"),
    ("a.txt", "keytab: |\n  BQIAAABSAAEAC1JFQUxNLkxPQ0FM\n  {0}{0}\n  {0}==\n"),
    ("a.log", "ha.zookeeper.auth = digest:hdfs-zkfcs:{0}\n[zk: h:2181(CONNECTED) 0] addauth digest super:{0}\n"),
    ("hdfs-site.xml", "<a><property><name>ha.zookeeper.auth</name><value>digest:a:{0}</value></property></a>"),
    ("zk_jaas.conf", 'Server {{\n a.b.DigestLoginModule required\n user_super="{0}"\n user_bob="{0}";\n}};\n'),
    ("htpasswd", "hive:$apr1$abcdefgh${0}abcdef123456\nb:{{SSHA}}{0}{0}==\n"),
    ("a.log", "[Note] A temporary password is generated for root@localhost: {0}\n"),
    ("a.log", "CREATE USER a IDENTIFIED WITH mysql_native_password BY '{0}'; ALTER USER a PASSWORD '{0}'\n"),
    ("a.log", "SET PASSWORD FOR 'a'@'h' = PASSWORD('{0}'); TBLPROPERTIES ('hive.sql.dbcp.password' = '{0}')\n"),
    ("a.log", '+ kadmin.local -q "addprinc -pw {0} hive"\nkadmin:  cpw -pw {0} hive\n'),
    ("a.log", "+ hadoop credential create fs.oss.accessKeySecret -value {0}\n+ ossutil64 ls -k {0}\n"),
    ("a.log", "token CAIS{0}{0}{0}{0}{0}{0}{0}+/==\n"),
    ("a.log", "+ odpscmd -u a -p {0}\n+ docker login -u a -p {0} h\n"),
    ("a.log", "+ echo {0} | kinit hive@R\n+ echo 'hive:{0}' | sudo chpasswd\n+ echo {0} | sudo -S ls\n"),
    ("a.log", "Running [spark-submit, --conf, a=b, --password, {0}], ['--password', '{0}']\n"),
    ("a.log", 'env: {{_MY_ACCESS_KEY={0}, A=b}}\npassphrase="{0}'),
    ("a.log", "h\tTRUE\t/\tFALSE\t0\thadoop.auth\tu=hive&p=hive/x@R&t=kerberos&e=1&s={0}=\n"),
    ("a.csv", 'key,value\n"a.password","{0}"\npassword,{0}\n'),
    ("a.html", "<html><tr><td>a.password</td>\n<td><pre>{0}</pre></td></tr></html>"),
    ("a.xml", '<a><entry key="db.password">{0}</entry><param value="{0}" name="password"/></a>'),
    ("core-site.xml", "<a><property><name>a.password</name>{0}</value></property></a>"),
    ("a.json", "password: {0}\nAuthorization: Basic {0}\n"),
    ("a.json", "{{'password': '{0}', 'c': [{{'ConfigItemKey': 'a.password', 'ConfigItemValue': '{0}'}}]}}\n"),
    ("a.json", '{{"a": 1, // password: {0}\n"b": 2}}\n'),
    ("notes.txt", "db.password = {0}\n"),
    ("notes.txt", "export OSS_ACCESS_KEY_SECRET='{0}'\n"),
    ("notes.txt", "ldap.bind.password {0}\n"),
    ("notes.md", "thrift://hive:{0}@h:9083\n"),
    ("app.yaml", "spring:\n  datasource:\n    password: {0}\n"),
    ("app.yaml", "password: |\n  {0}\n  {0}\nb: c\npasswords:\n  - {0}\n  - {0}\n"),
    ("app.yaml", "env:\n  - name: DB_PASSWORD\n    value: {0}\n  - {{name: DB_PASSWORD, value: {0}}}\n"),
    ("app.yaml", "args:\n  - --password\n  - {0}\n  - '--token'\n  - \"{0}\"\n"),
    ("a.properties", "a.password=\\\n  {0}\\\n  {0}\n"),
    ("a.properties", "a.password=true\\\n  {0}\n"),
    ("spark-env.sh", 'export A_PASSWORD="x\n{0}\n{0}"\nsetenv B_TOKEN {0}\nA_TOKENS=(\n{0}\n)\n'),
    ("case.toml", 'password = """\n{0}\n"""\n'),
    ("case.toml", "tokens = [\n '{0}',\n]\nx = {{ password = '{0}' }}\n"),
    (
        "core-site.xml",
        "<a><property><name>a.secret</name><value b='/c'>{0}</value><description>{0}</description></property>",
    ),
    ("core-site.xml", "<a><property><name>a.secret</name><value><![CDATA[x</value>{0}]]></value></property></a>"),
    ("a.json", '{{"sparkProperties": [["spark.ssl.keyPassword", "{0}"]], "args": ["--password", "{0}"]}}'),
    ("a.json", '[{{"k": "a.password", "v": "{0}"}}, {{"config": "a.password", "value": "{0}"}}]'),
    ("a.json", '{{"a": "{{\\"b\\": \\"{{\\\\\\"accessKeySecret\\\\\\": \\\\\\"{0}\\\\\\"}}\\"}}"}}'),
    ("id_rsa.bak", "{0}"),
    ("server.key.old", "{0}"),
    (".bash_history", "{0}"),
    ("a.properties", "a.pass\\u0077ord={0}\n"),
    ("a.properties", "a.password=first\\\n  {0}\\\n  {0}\n"),
    ("a.properties", "a.password:{0}\n"),
    ("a.properties", "a.secret {0}\n"),
    ("a.properties", "! {0}\n# {0}\n"),
    ("spark-defaults.conf", "spark.hadoop.fs.oss.accessKeySecret {0}\n"),
    ("spark-env.sh", 'export X_TOKEN="{0}"\n  # {0}\n'),
    ("core-site.xml", "<a><property><value>{0}</value><name>a.password</name></property></a>"),
    ("core-site.xml", "<a><property><name>a.pass&#119;ord</name><value>{0}</value></property></a>"),
    ("core-site.xml", '<a><property name="a.password" value="{0}"/></a>'),
    ("core-site.xml", "<a><property><name><![CDATA[a.secret]]></name><value><![CDATA[{0}]]></value></property>"),
    ("core-site.xml", "<a><property><name>a.secret</name><value>\n{0}\n"),
    ("core-site.xml", "<a><!-- <property><name>a.b</name><value>{0}</value></property> --></a>"),
    ("core-site.xml", "<a><!-- {0} -- {0} --></a>"),
    ("ranger.xml", "<a><db_password>{0}</db_password><user password='{0}'/></a>"),
    ("a.json", '{{"a": {{"password": {{"b": ["{0}", {{"c": "{0}"}}]}}}}}}'),
    ("a.json", '{{"ConfigItemValue": "{0}", "ConfigItemKey": "a.password"}}'),
    ("a.json", '{{"Name": "a.secret", "Value": "{0}"}}'),
    ("a.json", '{{"Content": "<property><name>a.password</name><value>{0}</value></property> password={0}"}}'),
    ("a.json", '{{"pass\\u0077ord": "{0}"}}'),
    ("a.json", '{{"password": "{0}'),
    ("a.json", '{{"a": [\n{{}}\n], "password": "{0}'),
    ("a.json", "$ aliyun ecs X --access-key-secret {0}\n{{}}\n"),
    ("a.json", '{{"a": "jdbc:mysql://u:{0}@h/db?password={0}"}}'),
    ("case.toml", 'a = "b" # {0}\n# {0}\n'),
    ("hosts", "10.0.0.1 a # {0}\n# {0}\n"),
    ("krb5.conf", "[libdefaults]\n # {0}\n ; {0}\n[appdefaults]\n pkinit_pin = {0}\n"),
    ("id_rsa", "{0}"),
    (".env", "A={0}"),
    ("server.key", "{0}"),
    ("store.jks", "{0}"),
    ("x.bin", "\x00{0}"),
    ("core-site.xml", "\x00{0}"),
    ("krb5.conf", "[libdefaults]\n default_realm = R\n\x00{0}"),
    ("password={0}.txt", "x"),
)
"""Name and content of files with a secret in them."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def written(place: Path, content: dict[str, bytes]) -> Path:
    for name, each in content.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(each)
    return place


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(("name", "content"), SHAPES)
def test_a_secret_of_any_shape_goes(name: str, content: str, codec: str) -> None:
    canaries = Canaries()
    result = redact(Tree("case", {name.format(canaries.at("name")): content.format(canaries.at(name)).encode(codec)}))
    texts = [each.replace(b"\0", b"") for each in result.files.values()]
    assert canaries.found_in(*texts, *result.files) == set()


@pytest.mark.parametrize("what", ["secrets", "addresses"])
@pytest.mark.parametrize("ending", ["", ".zip", ".tar.gz"])
def test_no_secret_of_a_case_reaches_the_redacted_one_or_its_report(ending: str, what: str, tmp_path: Path) -> None:
    canaries = Canaries()
    content = planted(canaries)
    content["observations.json"] = observed(content, canaries)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", f"password={canaries.at('a zip')}")
    content["inner.zip"] = packed.getvalue()
    content["old.log.gz"] = gzip.compress(f"password={canaries.at('gzip')}".encode())
    target = tmp_path / f"sent{ending}"
    result = run("redact", written(tmp_path / "case", content), "-o", target, "--redact", what)
    assert result.exit_code == 0, result.output
    (tree,) = files.trees([target])
    assert canaries.found_in(result.output, *tree.files.values(), *tree.files) == set()
    if target.is_file():
        assert canaries.found_in(target.read_bytes()) == set()
    told = json.loads(tree.files["redaction.json"])
    assert {"inner.zip", "old.log.gz", "id_rsa", ".env"} <= {each["file"] for each in told["left_out"]}
    assert told["replaced"]["keytab"] == 1
    assert len(tree.files) == len(content) + 1 - len(told["left_out"])
    if what == "secrets":
        assert set(tree.files) == ({*content, "redaction.json"} - {each["file"] for each in told["left_out"]})


def test_a_case_that_was_redacted_stays_as_it_is() -> None:
    content = planted(Canaries())
    once = redact(Tree("case", content), keeps_names=True).files
    again = redact(Tree("case", once), keeps_names=True).files
    assert {name for name, each in once.items() if again.get(name) != each} <= {"redaction.json"}


@pytest.mark.parametrize("log", LOGS)
def test_a_log_without_secrets_stays_as_it_is(log: str) -> None:
    assert redacted("task.log", log.encode()).content == log.encode()


@pytest.mark.parametrize(
    "line",
    [
        "org.apache.hadoop.security.token.SecretManager$InvalidToken: token (x) can't be found in cache\n",
        "org.apache.hadoop.hdfs.security.token.block.InvalidBlockTokenException: Can't re-compute\n",
        "Kind: HDFS_DELEGATION_TOKEN, Service: ha-hdfs:mycluster, Ident: (token for hive)\n",
        "curl --negotiate -u : http://master-1-1:9870/ and mysql -h h -port 3306\n",
        "hdfs://master-1-1:8020/user/a@b and thrift://a:9083,thrift://b:9083\n",
        "   0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 1234 1 ffff 100 0\n",
        "r  b   swpd   free   buff  cache\n 1  0   1024 123456  12345 123456    0    0     1     2\n",
        'Krb5LoginModule required user_name=hive; <a name="x">y</a>\nuser_name=hive\n',
        "dfs.namenode.keytab.file = /etc/hive.keytab, hive.metastore.uris -> thrift://h:9083\n",
        "the token is expired, the password is incorrect, and the password has expired since 2026-11-29\n",
        "Password for hive/master-1-1.c-0a1b2c3d4e5f6071@EMR.C-0A1B2C3D4E5F6071.COM: \n",
        "secret manager of kms://https@master-1-1:9600/kms; token renewer yarn, token 17; AK and SK are not set\n",
        "access key provider org.apache.hadoop.fs.aliyun.oss.AliyunCredentialsProvider2\n",
        "Private-Lines of a key, a princ of kadmin, and -- BEGIN SSH2 was not found\n",
        "hadoop.security.key.provider.path = kms://http@h:9600/kms at checksum 5f0c1c0000000000000000000000000000\n",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted("task.log", line.encode()).content == line.encode()


@pytest.mark.parametrize("case", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_only_comments_of_the_fixtures_change(case: Path) -> None:
    for path in case.rglob("*") if case.is_dir() else ():
        result = redacted(path.name, path.read_bytes())
        assert set(result.replaced) <= {"comment"}, path


def test_line_numbers_stay() -> None:
    content = b"<a>\n<!-- x\ny\n-->\n<property><name>a.secret</name>\n<value>\nx\n\n</value></property>\n</a>\n"
    result = redacted("core-site.xml", content).content
    assert result is not None
    assert result.count(b"\n") == content.count(b"\n")


def test_the_list_of_a_keytab_answers_as_the_keytab_does(tmp_path: Path) -> None:
    """Given a keytab whose types the krb5.conf does not permit, the finding is the same."""
    case = FIXTURES / "healthy"
    keytab = tmp_path / "hive.keytab"
    keytab.write_bytes(file([record("hive/master-1-1", 23, KEY), record("a b/\\c", 18, KEY, kvno=300 & 255)]))
    listed = redacted("hive.keytab", keytab.read_bytes()).content
    assert listed is not None
    (tmp_path / "list.keytab").write_bytes(listed)
    both = [
        run("check", case, "--offline", "--format", "json", "--keytab", tmp_path / name)
        for name in ("hive.keytab", "list.keytab")
    ]
    first, second = (json.loads(each.stdout) for each in both)
    assert first["findings"] == second["findings"]
    assert both[0].exit_code == both[1].exit_code
    live = run("check", case, "--keytab", tmp_path / "list.keytab", "--deadline", "1")
    assert (live.exit_code, "without its keys" in live.output) == (2, True)


@pytest.mark.parametrize(("what", "code"), [("addresses", 2), ("secrets", None)])
def test_nothing_is_sent_to_addresses_that_were_made_up(tmp_path: Path, what: str, code: int | None) -> None:
    """Given a case with its own addresses, on loopback, then it may be asked."""
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "krb5.conf").write_text(
        "[libdefaults]\n default_realm = A.COM\n[realms]\n A.COM = {\n  kdc = 127.0.0.1:9\n }\n"
    )
    assert run("redact", tmp_path / "case", "--redact", what, "-o", tmp_path / "sent.zip").exit_code == 0
    live = run("check", tmp_path / "sent.zip", "--deadline", "1")

    refused = "packets would go to hosts that are not of the cluster. Add --offline." in live.output
    assert refused == (code == 2)
    assert code in (None, live.exit_code)
    assert "Add --offline" not in run("check", tmp_path / "sent.zip", "--offline").output


@pytest.mark.parametrize("content", ["", '{"redacted": ["addr', "{}"])
def test_nothing_is_sent_if_the_report_of_redact_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "krb5.conf").write_text(
        "[libdefaults]\n default_realm = A.COM\n[realms]\n A.COM = {\n  kdc = 127.0.0.1:9\n }\n"
    )
    (tmp_path / "redaction.json").write_text(content)
    live = run("check", tmp_path, "--deadline", "1")
    assert (live.exit_code, "redaction.json cannot be read" in live.output, "--offline" in live.output) == (
        2,
        True,
        True,
    )
    assert "redaction.json cannot be read" not in run("check", tmp_path, "--offline").output


TEXTS = (
    b"#!/bin/bash\nexport OSS_SECRET=CaNaRy000x",
    b"\x05\x04\0\x0c\0\x01\0\x08CaNaRy000x",
    b"\0\x04hive\x15HDFS_DELEGATION_TOKENCaNaRy000x",
    b"0\x82\x02\x10CaNaRy000x",
)


@pytest.mark.parametrize("content", TEXTS)
@pytest.mark.parametrize("shape", ['{{"UserData": "{0}"}}', "INFO data {0} of x\n", "keys:\n{1}\nend of keys\n"])
def test_what_is_written_in_base64_goes_as_a_whole(content: bytes, shape: str) -> None:
    encoded = base64.b64encode(content * 5).decode()
    text = shape.format(encoded, "\n".join(textwrap.wrap(encoded, 64)))
    left = redacted("a.json" if text.startswith("{") else "a.log", text.encode()).content
    assert left is not None
    assert encoded[-24:-8] not in left.decode()
    assert encoded[:20] not in left.decode()
    assert left.count(b"\n") == text.count("\n")
    assert left.endswith(text[-2:].encode())


@pytest.mark.parametrize(
    "line",
    [
        "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider\n",
        "at /usr/lib/hadoop/share/hadoop/common/lib/hadoopcommon33/src/main/java/org\n",
        "application_1700000000000_0001 container_e01_1700000000000_0001_01_000001\n",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
        "token:\nINFO done at=1\n",
        "GET /webhdfs/v1/a%3Db?op=LISTSTATUS&user.name%3Dhive\n",
        "Password for hive@EXAMPLE.COM: \nkinit: Password incorrect while getting initial credentials\n",
    ],
)
def test_what_only_looks_encoded_stays(line: str) -> None:
    assert redacted("task.log", line.encode()).content == line.encode()
