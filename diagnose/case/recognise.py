"""Which kind of file is this? The name decides if it can, else the content.

API answers are told apart by their keys, in `api/documents`. Here every .json file has the kind
"json".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import PurePosixPath

from diagnose.case import exports
from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

XML_FILES = (
    "core-site.xml",
    "hdfs-site.xml",
    "mapred-site.xml",
    "yarn-site.xml",
    "hive-site.xml",
    "hivemetastore-site.xml",
    "hiveserver2-site.xml",
    "hbase-site.xml",
    "tez-site.xml",
)
PROPERTY_FILES = ("spark-defaults.conf", "kyuubi-defaults.conf", "zoo.cfg")

TELLING_KEYS = {
    b"fs.defaultFS": "core-site.xml",
    b"fs.default.name": "core-site.xml",
    b"dfs.nameservices": "hdfs-site.xml",
    b"dfs.namenode.": "hdfs-site.xml",
    b"mapreduce.framework.name": "mapred-site.xml",
    b"yarn.resourcemanager.": "yarn-site.xml",
    b"hbase.rootdir": "hbase-site.xml",
    b"hive.metastore.uris": "hive-site.xml",
}
"""Keys that only one file of a Hadoop cluster is expected to set."""

_PLAIN = {
    "hosts": "hosts",
    "hosts.txt": "hosts",
    "case.toml": "case.toml",
    "ss.txt": "ss.txt",
    "iptables.txt": "iptables.txt",
    "spark-env.sh": "spark-env.sh",
    "redaction.json": "redaction.json",
    "collected.json": "collected.json",
    "collected-hosts.json": "collected-hosts.json",
    "resolv.conf": "resolv.conf",
    "has-client.conf": "has-client.conf",
}
_JSON = (".json", ".jsonl", ".ndjson")
_SITE = regex(r"-site\b", re.IGNORECASE)
_SECTION = regex(rb"^[ \t]*\[(libdefaults|realms)\]", re.MULTILINE)
_KDC_SECTION = regex(rb"^[ \t]*\[(kdcdefaults|dbmodules|dbdefaults|otp|kdc)\]", re.MULTILINE)
_OF_THE_KDC = frozenset({"kadm5.acl", "kadm5.dict"})
_OF_MIT = b"[kdcdefaults]"
"""What only the kdc.conf of MIT has."""
_CONFIGURATION = regex(rb"<configuration[\s>/]")
_OBJECT = regex(rb"(\xef\xbb\xbf)?\s*\{\s*\"")
_ANSWER = regex(
    rb"(\xef\xbb\xbf)?\s*[\[{].*?\"(requestId|SecurityGroupId|ClusterId|VpcId|NextToken|terraform_version)\"\s*:",
    re.IGNORECASE | re.DOTALL,
)
"""JSON with a key of an answer of an API, or of Terraform."""
_OF_TEXT = ("", ".txt", ".text", ".tfstate")
"""Endings under which people save an answer as well."""
_ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_WITHIN = regex(rf"(?:.*[^a-z])?(?P<name>{'|'.join(name.removesuffix('.xml') for name in XML_FILES)})(?:[^a-z].*)?")
"""Name of a file of Hadoop with more around it: emr-core-site.xml, core-site.xml_master-1-1."""
_SPARE = regex(r"[._-](rpm\w+|dpkg-\w+|te?mpl\w*|dist|default|example|sample|bak|orig|old|save|swp|j2|erb)\b|~")
"""What an editor, a package or a tool adds to the name of a file that is not in use."""
_HEAD = 64 << 10
"""Bytes at the beginning of a file that decide its kind."""

_KDC_CONF = regex(r"kdc[-_.].+\.conf")
"""Name of a kdc.conf that may hold the node: kdc-master-1-1.conf."""

_FROM_A_NODE = (
    ("ss.txt", regex(r"(ss|netstat)([-_.].+)?\.txt")),
    ("iptables.txt", regex(r"(ip6?tables|nft|nftables)([-_.].+)?\.txt")),
    ("addresses.txt", regex(r"addresses([-_.].+)?\.txt")),
    ("routes.txt", regex(r"routes([-_.].+)?\.txt")),
    ("iprules.txt", regex(r"iprules([-_.].+)?\.txt")),
)
"""Output of a command on a node. The name may hold the node: ss-master-1-1.txt."""

_LOGS = (
    ("log:kdc", regex(rb"\bkrb5kdc\b.*?(AS_REQ|TGS_REQ|listening|commencing)")),
    ("log:kdc", regex(rb"\b(AS|TGS)-REQ \S+ from IPv[46]:|\blistening on IPv[46]:\S+ port \d+/(udp|tcp)")),
    (
        "log:kdc",
        regex(rb"\bkrb5kdc\b.*?(- while |while initializing|Cannot bind|Error setting up|cannot initialize realm)"),
    ),
    ("log:kdc", regex(rb"\b(krb5-?kdc|heimdal-kdc)\.service: |\b(start|Started|Stopped) Kerberos 5 K")),
    ("log:namenode", regex(rb"hdfs\.server\.namenode|\bnamenode\.NameNode\b")),
    ("log:hiveserver2", regex(rb"hive\.service\.server|\bserver\.HiveServer2\b|thrift\.ThriftCLIService")),
)
_LOG_NAME = regex(r".+\.(log|out|err)(\.[0-9-]+)?|stderr|stdout|syslog|launcher_container.*")
_SUFFIXED = regex(
    r"(?P<name>.+?)((?P<again> ?\(\d+\)| - (Copy|副本)[^.]*)|\.bak|\.orig|\.old|~)(?P<suffix>\.[a-z]+)?$", re.IGNORECASE
)
"""Name of a copy. again: what a browser or a file manager adds where the name is taken."""


@frozen
class Kind:
    """What a file is."""

    name: str
    """As in `Input.kind`. For a file of settings it is also the key in `Case.settings`."""


@frozen
class Unrecognised:
    """A file that is not read."""

    cause: str
    """Why it is not read."""
    needs: str = field(default_factory=lambda: tr("a file that docs/case.md lists, under its usual name"))
    """What would be read instead."""


def recognise(path: str, content: bytes) -> Kind | Unrecognised:
    """Return the kind of the file at this path of the case. Look at no other file, and
    never raise."""
    pure = PurePosixPath(path)
    name = pure.name.lower()
    if name in _PLAIN:
        return Kind(_PLAIN[name])
    if name in XML_FILES or name in PROPERTY_FILES:
        return Kind(name)
    if name.endswith(".keytab"):
        return Kind("keytab")
    if name.endswith(_JSON):
        return Kind("json")
    if name in ("krb5.conf", "krb5.ini"):
        return Kind("krb5.conf")
    if (of_the_kdc := _of_the_kdc(name, content[:_HEAD])) is not None:
        return of_the_kdc
    if pure.parent.name.lower().endswith(".d") and _SECTION.search(content[:_HEAD]):
        return Unrecognised(
            tr("read only where an includedir of the krb5.conf names its directory"), tr("that line in krb5.conf")
        )
    if re.fullmatch(r"((presto|trino)[-_.])?config\.properties", name):
        return _query_engine(pure, content[:_HEAD])
    if (
        _is_text_of_settings(name)
        or _bare_name(name, content[:_HEAD]) is not None
        or (
            (copy := _SUFFIXED.fullmatch(name))
            and copy["name"] + (copy["suffix"] or "") in (*XML_FILES, *PROPERTY_FILES, *_PLAIN, "krb5.conf")
        )
    ):
        return Unrecognised(
            tr("a copy under another name: which of the two holds cannot be told"),
            tr("its own name, in a case of its own"),
        )
    for kind, shape in _FROM_A_NODE:
        if shape.fullmatch(name):
            return Kind(kind)
    if _LOG_NAME.fullmatch(name):
        return _log(content)
    return _by_content(name, content[:_HEAD])


def _of_the_kdc(name: str, head: bytes) -> Kind | Unrecognised | None:
    """Return what a file of the KDC itself is. None for every other file."""
    if name == "kdc.conf" or (_KDC_CONF.fullmatch(name) and _OF_MIT in head):
        return Kind("kdc.conf")
    if name in _OF_THE_KDC or (_KDC_SECTION.search(head) and b"[libdefaults]" not in head):
        return Unrecognised(tr("a file of the KDC itself, which no client reads"), tr("krb5.conf of a node or client"))
    return None


def kind_of_copy(path: str, content: bytes) -> str | None:
    """Return the kind that a file has under the name before a browser, an editor or a file manager
    added to it: a number because the name was taken, or ".txt". None if none did."""
    pure = PurePosixPath(path)
    copy = _SUFFIXED.fullmatch(pure.name)
    if copy is not None and copy["again"] is not None:
        bare = copy["name"] + (copy["suffix"] or "")
    elif _is_text_of_settings(pure.name.lower()):
        bare = pure.stem
    elif (within := _bare_name(pure.name.lower(), content[:_HEAD])) is not None and not _SPARE.search(
        pure.name.lower()
    ):
        bare = within
    else:
        return None
    known = recognise(str(pure.with_name(bare)), content)
    return known.name if isinstance(known, Kind) else None


def _bare_name(name: str, head: bytes) -> str | None:
    """Return the usual name of a file of Hadoop that has more in its name. None for other files."""
    within = _WITHIN.fullmatch(name) if _SITE.search(name) and _CONFIGURATION.search(head) else None
    return None if within is None else f"{within['name']}.xml"


def _is_text_of_settings(name: str) -> bool:
    return name.endswith(".txt") and name.removesuffix(".txt") in (*XML_FILES, *PROPERTY_FILES)


def is_log_name(path: str) -> bool:
    """Return True if a file of this name is taken for a log, whatever it holds."""
    return bool(_LOG_NAME.fullmatch(PurePosixPath(path).name.lower()))


def _by_content(name: str, head: bytes) -> Kind | Unrecognised:
    if head.startswith(_ARCHIVES):
        return Unrecognised(
            tr("an archive inside the case, which is not unpacked"),
            tr("its files beside the others, or it alone as CASE"),
        )
    if _SECTION.search(head) and b"=" in head and b"\0" not in head:
        return Kind("krb5.conf")
    if _CONFIGURATION.search(head):
        if _SITE.search(name):
            return Unrecognised(tr("a Hadoop file of a service that is not checked"))
        named = {file for key, file in TELLING_KEYS.items() if b"<name>" + key in head or b'name="' + key in head}
        if len(named) == 1:
            return Kind(named.pop())
        return Unrecognised(
            tr("a Hadoop file whose name and keys do not say which"), tr("the name that it has on the cluster")
        )
    from probes.files.log_events import looks_like_log

    if looks_like_log(head):
        return _log(head)
    if _is_answer(name, head):
        return Kind("json")
    if (table := exports.of_table(head)) is not None:
        return Unrecognised(*table)
    if wide_encoding(head) is not None:
        return Unrecognised(tr(UTF_16), tr(AS_UTF_8))
    if _OBJECT.match(head):
        return Unrecognised(
            tr("JSON under a name that does not end in .json"), tr("the same file with a name that ends in .json")
        )
    return Unrecognised(tr("not a file that is read"))


def _is_answer(name: str, head: bytes) -> bool:
    """Return True for an answer of an API that was saved as text. PowerShell writes UTF-16."""
    text = head.decode("utf-16", "ignore").encode() if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    return PurePosixPath(name).suffix in _OF_TEXT and _ANSWER.match(text) is not None


def _query_engine(path: PurePosixPath, head: bytes) -> Kind | Unrecognised:
    """Return Presto or Trino, whose files have the same name.

    The path decides, else the words that only one of the two uses.
    """
    places = " ".join(path.parts).lower()
    for engine in ("trino", "presto"):
        if engine in places:
            return Kind(f"{engine}/config.properties")
    said = {engine for engine in ("trino", "presto") if re.search(rb"(?i)\b" + engine.encode(), head)}
    if len(said) == 1:
        return Kind(f"{said.pop()}/config.properties")
    if b"discovery.uri" in head or b"http-server." in head:
        # Both engines state their ports alike. Presto is the older of the two on EMR.
        return Kind("presto/config.properties")
    return Unrecognised(
        tr("a config.properties of neither Presto nor Trino"), tr("a directory called presto or trino around it")
    )


def _log(content: bytes) -> Kind | Unrecognised:
    """Return the kind of a log. Unrecognised if a file with such a name is none.

    Of an entry that was not read, only the name is known.
    """
    from probes.files.log_events import NoLog, decoded

    text = decoded(content) if content else ""
    if isinstance(text, NoLog):
        return Unrecognised(tr("no log: it is {what}", what=tr(text.what)), tr(text.needs))
    return Kind(log_kind(content))


def log_kind(content: bytes) -> str:
    """Return which program wrote a log: the kind of `Input.kind`."""
    parts = (content[:_HEAD], content[max(_HEAD, len(content) - _HEAD) :])
    return next((kind for part in parts for kind, mark in _LOGS if mark.search(part)), "log")


def nearest_first(paths: Mapping[str, object]) -> list[str]:
    """Return the paths by depth, then by name. Of several files of one kind the first is used."""
    return sorted(paths, key=lambda path: (path.count("/"), path))
