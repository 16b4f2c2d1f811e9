"""What do the readers of files do with mutated ones?

The files of a case go through the reader of cases, the engine and every format of the report. A
file that is refused by name is left out, and the rest is read again.
"""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from diagnose.case import directory, exports, recorded
from diagnose.case.api import documents
from diagnose.case.archive import read as read_archive
from diagnose.case.errors import CaseError
from diagnose.case.model import Case, Recorded, Text
from diagnose.case.recognise import Unrecognised, recognise
from diagnose.case.tree import Tree
from diagnose.engine import diagnose
from diagnose.findings.kerberos import krb5_lint
from diagnose.flows.networks import sources
from diagnose.flows.plan import flows
from diagnose.live.plan import schedule, sending
from diagnose.probing import target_list
from diagnose.report import krb5_page, krb5_views
from diagnose.report import plan as plan_page
from diagnose.report.build import TOOL, Clock, build, case_facts
from diagnose.report.formats import FORMATS, Screen
from diagnose.scene.observed import recorded_observations
from probes.files.log_events import NoLog, decoded
from probes.kerberos import as_req
from probes.kerberos.message import decode
from probes.observation import Observation
from tests.fuzz import kerberos
from tests.fuzz.hunt import Subject, from_corpus, mutated, mutated_text
from tests.support import host_records, incident_cases, krb5conf_samples
from tests.support.case_toml import WHOLE
from tests.support.fake_kdc import krb_error
from tests.support.log_samples import LOGS
from tests.support.places import PROJECT

AT_ONCE = 5
"""Mutated files of one case."""

_SCREEN = Screen(100, True)
_OURS = (".json", "case.toml")
"""What a run ends for if it is wrong. At most one of them is mutated in most cases."""

_ODD_VALUES: tuple[Any, ...] = (
    *([], {}, None, True, -1, 1e308, 1.5, 10**30, "", "x", [[]], ["a", 1], [1, 2], [None, {}], [{"a": []}], {"a": {}}),
    *("10.0.0.1", "::1%eth0", "9" * 5000, "\u202e", [1e308, -1e308], "192.168.2~.11", 0, 70000),
)
"""What no run writes into the details of an observation."""
TARGETS = tuple(
    f"# a list\n\n{line}  # its comment\n".encode()
    for line in (
        *("tcp://master-1-1:8020", "krb5+udp://kdc.example?realm=R", "krb5+tcp://[2001:db8::1]:88", "10.0.0.1:8020"),
        *("hadoop://h:8020", "hive://u@h:10000/default", "metastore://h", "https://h:9871/jmx?a=b", "zookeeper://h"),
        *("path+tcp://h:9", "dns://10.0.0.53/name?type=SRV", "kpasswd://h"),
    )
)
EXPORTS = (
    *(
        text.encode(codec)
        for codec in ("utf-8-sig", "utf-16", "gbk")
        for text in (
            "Action,Priority,Protocol Type,Port Range,Authorization Object\r\nAllow,1,Custom TCP,88/88,10.0.0.0/8\r\n",
            "授权策略;优先级;协议;访问来源;访问目的（本实例）\r\n允许;1;自定义 UDP;192.168.10.0/24;88/88\r\n",
            "| IpProtocol | PortRange | SourceCidrIp |\n|---|---|---|\n| UDP | 88/88 | 192.168.10.0/24 |\n",
        )
    ),
    b'[{"ipProtocol": "UDP", "portRange": "88/88", "policy": "Accept"}, {"IpProtocol": "ALL", "Policy": "Drop"}]',
    b'{"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": {"resources": []}}}',
)
_ADDRESSES = (
    "10.0.0.1",
    "192.168.10.7",
    "192.168.20.11",
    None,
    "",
    "::1%eth0",
    "192.168.2~.11",
    "10.0.0.0/8",
    "x" * 99,
)
DETAILS: tuple[Mapping[str, object], ...] = (
    {"kerberos": "silent", "received": 0},
    {"errno": "ECONNRESET", "kerberos": "closed"},
    {"own_realm": "OTHER.COM", "error_code": 6, "e_text": "CLIENT_NOT_FOUND"},
    {"lost_reply": 1200, "largest_reply": 1100, "answers_on": 749},
    {"answered_from": "10.0.0.9", "addresses": ["10.0.0.1", "10.0.0.2"]},
    {"own_protocol": "foreign", "other_protocol": "ssh"},
    {"own_protocol": "hangs", "waited_s": 7.0, "acknowledged": False},
    {"beside": [{"reason": "host-prohibited", "offender": "192.168.20.1", "endpoints": 3}]},
    {"mtu": {"black_hole": True, "path_mtu": 1400, "router": "10.0.0.1"}, "rst": {"forged": True, "ttl": 63}},
    {"path": {"hops": [{"ttl": 1, "address": "10.0.0.1"}], "reached": False, "last": 1}},
    {"name": {"host": "h", "addresses": ["10.0.0.1"], "canonical": "h.example", "back": {}}, "name_servers": []},
)


def as_files(case: Mapping[str, incident_cases.Content]) -> dict[str, bytes]:
    """Return the files of a case as bytes."""
    texts = {name: incident_cases.site(each) if isinstance(each, Mapping) else each for name, each in case.items()}
    return {name: text if isinstance(text, bytes) else text.encode() for name, text in texts.items()}


SPARK = b"""spark.master yarn
spark.hadoop.fs.defaultFS=hdfs://master-1-1:8020
spark.yarn.am.port 0
spark.driver.port 35000
spark.kerberos.access.hadoopFileSystems hdfs://a,hdfs://b
"""
MORE: Mapping[str, tuple[bytes, ...]] = {
    "spark-defaults.conf": (SPARK,),
    "spark-env.sh": (b"export SPARK_MASTER_HOST=master-1-1\nif [ -z \"$A\" ]; then\n B='x y'\nfi\nC=${D:-7077}\n",),
    "kyuubi-defaults.conf": (b"kyuubi.frontend.thrift.binary.bind.port=10009\nkyuubi.ha.addresses zk1:2181,zk2\n",),
    "trino/config.properties": (b"http-server.http.port=9090\ndiscovery.uri=http://h:9090\ncoordinator = true\n",),
    "zoo.cfg": (b"clientPort=2181\nserver.1=master-1-1:2888:3888\n",),
    "ss-master-1-1.txt": tuple(
        text.encode() for text in (host_records.SS_TAN, host_records.SS_TUNLP, host_records.NETSTAT)
    ),
    "iptables-master-1-1.txt": tuple(
        text.encode() for text in (host_records.IPTABLES, host_records.LISTING, host_records.NFT)
    ),
    "krb5kdc.log": tuple(
        text.encode() for text in (host_records.LOST_ANSWERS, host_records.NO_DATAGRAM, host_records.HEIMDAL)
    ),
    "x.keytab": tuple(kerberos.keytabs()),
}
"""Further files that each case may hold, with samples of each."""


def _observations(case: Case, draw: random.Random, odd: float = 0) -> bytes:
    """Return observations.json with observations of some flows of the case, and some notes.

    odd: share of the details and addresses that no run could have written.
    """
    shapes: tuple[tuple[Any, Any], ...] = (
        *(("open", "syn-ack"), ("open", "kerberos-reply"), ("open", "service-reply"), ("closed", "rst")),
        *(("filtered", "no-response"), ("filtered", "admin-prohibited"), ("unresolved", "name-not-found")),
    )
    answer = as_req.describe(decode(krb_error(37, now=kerberos.NOW)), kerberos.NOW, kerberos.NOW)
    entries = []
    known = flows(case).flows
    for flow in draw.sample(known, min(len(known), 6)):
        state, reason = draw.choice(shapes)
        details = draw.choice((*DETAILS, answer, answer, {}))
        addresses = (draw.choice(_ADDRESSES) if draw.random() < odd else each for each in _ADDRESSES[:3])
        seen = Observation("local", state, reason, next(addresses), 1.5, 2, next(addresses), next(addresses))
        entries.append(Recorded(flow.id, replace(seen, detail=_details(details, draw, odd))))
        if draw.random() < 0.5:
            details = _details(draw.choice(DETAILS), draw, odd)
            entries.append(Recorded(flow.id, Observation("local", "not-probed", reason, detail=details)))
    return recorded.encode(entries)


def _details(details: Mapping[str, object], draw: random.Random, share: float) -> dict[str, object]:
    return {key: _with_odd(each, draw, share) for key, each in details.items()}


def _with_odd(value: Any, draw: random.Random, share: float) -> Any:
    """Return the value with a share of its parts replaced."""
    if draw.random() < share:
        return draw.choice(_ODD_VALUES)
    if isinstance(value, Mapping):
        return {key: _with_odd(each, draw, share) for key, each in value.items()}
    return [_with_odd(each, draw, share) for each in value] if isinstance(value, list) else value


def _samples() -> dict[str, tuple[Sequence[dict[str, bytes]], float]]:
    """Return the kinds of cases that are mutated, by name, with their shares."""
    exported = PROJECT / "fixtures" / "datalake-ha-kerberos"
    plain = as_files(incident_cases.healthy())
    kerberized = (
        as_files(incident_cases.healthy(kerberos=True)),
        as_files(incident_cases.healthy(kerberos=True, ha=True)),
        *({"krb5.conf": conf} for conf in krb5conf_samples.REAL),
    )
    return {
        "cases without Kerberos": ((plain, {**plain, "case.toml": WHOLE.encode()}), 1.0),
        "cases with Kerberos and HA": (kerberized, 1.0),
        "cases with exported answers": (({path.name: path.read_bytes() for path in sorted(exported.iterdir())},), 0.4),
    }


def _mutated_case(cases: Sequence[dict[str, bytes]]) -> Callable[[random.Random], dict[str, bytes]]:
    """Return what makes a case of which five files are mutated."""
    read = [directory.of_tree(Tree("case", files)) for files in cases]

    def make(draw: random.Random) -> dict[str, bytes]:
        index = draw.randrange(len(cases))
        files = dict(cases[index])
        for name in draw.sample(sorted(MORE), 3):
            files[name] = draw.choice(MORE[name])
        ours = [name for name in files if name.endswith(_OURS)]
        if not ours or draw.random() < 0.5:
            files["observations.json"] = _observations(read[index], draw)
            ours = ["observations.json"]
        wanted = [draw.choice(ours), *draw.sample(sorted(files), len(files))]
        for name in list(dict.fromkeys(wanted))[:AT_ONCE]:
            files[name] = mutated_text(files[name], [files[name]], draw)
        return files

    return make


def _mutated_recording(draw: random.Random) -> dict[str, bytes]:
    """Return a case with observations that fit the format, but hold what no run writes."""
    files = as_files(incident_cases.healthy(kerberos=True, ha=draw.random() < 0.5))
    case = directory.of_tree(Tree("case", files))
    return {**files, "observations.json": _observations(case, draw, 0.2)}


def read_case(files: dict[str, bytes], _number: int) -> str:
    """Diagnose a case, and write every format. Return how it ended."""
    files = dict(files)
    while True:
        try:
            case = directory.of_tree(Tree("case", files))
        except CaseError as error:
            assert str(error).isprintable()  # noqa: PT017 - both ends are right
            del files[error.file]
        else:
            return _diagnosed(case)


def _diagnosed(case: Case) -> str:
    plan = flows(case)
    diagnosis = diagnose(case, recorded_observations(case), plan=plan)
    if diagnosis.bugs:
        raise AssertionError(f"exit code 4: {diagnosis.bugs}")
    report = build(diagnosis, "check", Clock("2026-11-24T00:00:00+00:00", 1))
    for row in FORMATS.values():
        row.render(report, _SCREEN)
    networks = sources(case)
    sendings = [sending(flow) for flow in plan.flows if not flow.during_jobs]
    page = plan_page.plan(
        TOOL, case_facts(case, networks), sendings, plan.skipped, schedule(sendings), replayed=bool(case.recorded)
    )
    plan_page.render(page, networks, case, 100, True).encode()
    plan_page.encode(page)
    return f"exit code {diagnosis.exit_code}"


def read_krb5(content: bytes, _number: int) -> str:
    """Read a krb5.conf as `emr-diagnose kerberos` does."""
    views = krb5_lint.read([("krb5.conf", content)], None, on_site=True)
    findings = list(krb5_lint.lint(views))
    report = krb5_views.build(views, findings)
    krb5_page.render(report, 100, True).encode()
    krb5_views.encode(report)
    return "findings" if findings else "nothing found"


def _zips() -> list[bytes]:
    """Return a zip of a case, packed and as it is."""
    found = []
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            for name, content in as_files(incident_cases.healthy()).items():
                archive.writestr(f"case/{name}", content)
        found.append(stream.getvalue())
    return found


def _tars() -> list[bytes]:
    """Return tars of a case, in each format of Python's tarfile."""
    files = {"core-site.xml": b"<configuration/>", "a.json": b"{}", f"{'long' * 40}/\u00e9.txt": b"x"}
    found = []
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(f"case/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        found.append(stream.getvalue())
    return found


def _mutated_tar(draw: random.Random) -> bytes:
    """Return a tar.gz whose packing is right, with a mutated tar in it.

    Half of the tars get the checksum of each header written anew, so readers go on.
    """
    tars = _tars()
    content = bytearray(mutated(draw.choice(tars), tars, draw))
    if draw.random() < 0.5:
        for start in range(0, len(content) - 511, 512):
            block = content[start : start + 512]
            if block[257:262] == b"ustar":
                block[148:156] = b" " * 8
                content[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    return gzip.compress(bytes(content), 1)


def _read_with(suffix: str, read: Callable[[Path], object], refused: type[Exception]) -> Callable[[bytes, int], str]:
    """Return what writes the content into a file, and reads that."""

    def read_file(content: bytes, _number: int) -> str:
        with tempfile.NamedTemporaryFile(prefix="emr-diagnose-fuzz-", suffix=suffix) as file:
            file.write(content)
            file.flush()
            try:
                read(Path(file.name))
            except refused as error:
                str(error)
                return "refused"
            return "read"

    return read_file


def read_json(content: bytes, _number: int) -> str:
    return read_case({"a.json": content}, 0)


def read_export(content: bytes, _number: int) -> str:
    """Read an export as text and as JSON, as a case does. Return whether it is told what it is."""
    tables = [recognise(name, content) for name in ("rules.csv", "rules")]
    told = [(table.cause, table.needs) for table in tables if isinstance(table, Unrecognised)]
    try:
        told += [(entry.cause, entry.needs) for entry in documents.read("rules.json", content)[1]]
    except CaseError as error:
        assert str(error).isprintable()  # noqa: PT017 - both ends are right
    assert all(cause and needs for cause, needs in told)
    return "named" if exports.RULES in {needs for _, needs in told} else "another file"


def read_a_log(content: bytes, _number: int) -> str:
    """Read a log alone as `check --log` does, and write every format."""
    text = decoded(content)
    if isinstance(text, NoLog):
        return "refused"
    case = replace(Case("log"), texts=(Text("log", "task.log", text),))
    report = build(diagnose(case, recorded_observations(case)), "check", Clock("2026-11-29T00:00:00.000Z", 0))
    for row in FORMATS.values():
        row.render(report, _SCREEN)
    return "findings" if report.findings else "nothing found"


def files() -> tuple[Subject[Any], ...]:
    """Return one subject for each way in which files come in."""
    answers = tuple(path.read_bytes() for path in sorted(PROJECT.glob("fixtures/*/*.json")))
    return (
        *(
            Subject(name, _mutated_case(cases), read_case, AT_ONCE, share)
            for name, (cases, share) in _samples().items()
        ),
        Subject("recorded observations", _mutated_recording, read_case, share=0.05),
        Subject("single answers of the cloud", from_corpus(answers, text=True), read_json, share=0.4),
        Subject(
            "krb5.conf alone",
            from_corpus((*krb5conf_samples.SEEDS, *krb5conf_samples.REAL), text=True),
            read_krb5,
            share=0.6,
        ),
        Subject("logs", from_corpus(tuple(each.encode() for each in LOGS), text=True), read_a_log, share=0.3),
        Subject("exports of other tools", from_corpus(EXPORTS, text=True), read_export),
        Subject("zips", from_corpus(_zips()), _read_with(".zip", read_archive, CaseError)),
        Subject("tars", _mutated_tar, _read_with(".tar.gz", read_archive, CaseError)),
        Subject("keytabs", from_corpus(kerberos.keytabs()), kerberos.read_keytab),
        Subject(
            "lists of targets",
            from_corpus(TARGETS, text=True),
            _read_with(".txt", lambda path: target_list.read(str(path)), target_list.TargetFileError),
        ),
    )
