"""Given files as people collect them, when a case is read, then nothing is lost and nothing is made
up."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from diagnose.case import Case, Network, Node, Recorded, ResourceGroup, VSwitch, directory, recorded
from diagnose.case.errors import CaseError
from diagnose.case.sources import with_sources
from probes.observation import Observation
from tests.support.case_files import CLUSTER, NETWORKS, NODES, REALMS, Content, as_bytes, case_of, checks, xml


def test_a_broken_hosts_file_is_a_fault() -> None:
    case = case_of({"hosts": b"10.0.0.1 a\n\0"})
    assert case.hosts is None
    assert [(fault.kind, fault.line) for fault in case.faults] == [("hosts", 2)]


def test_inputs_are_sorted_and_have_their_digest() -> None:
    case = case_of(
        {"sg.json": [NODES, CLUSTER], "a.keytab": b"\x05\x02secret", "ss.txt": "x", "b.log": "krb5kdc[1]: AS_REQ"}
    )
    assert [(entry.file, entry.kind) for entry in case.inputs] == [
        ("a.keytab", "keytab"),
        ("b.log", "log:kdc"),
        ("sg.json", "emr:GetCluster"),
        ("sg.json", "emr:ListNodes"),
        ("ss.txt", "ss.txt"),
    ]
    assert case.inputs[0].sha256 == sha256(b"\x05\x02secret").hexdigest()
    assert "secret" not in repr(case)
    assert [(text.kind, text.text) for text in case.texts] == [("log:kdc", "krb5kdc[1]: AS_REQ"), ("ss.txt", "x")]


def test_recorded_observations_come_back_as_they_were() -> None:
    seen = (
        Recorded(
            "kdc", Observation("local", "filtered", "no-response", attempts=3, rtt_ms=1.5, detail={"a": [1, "é", None]})
        ),
        Recorded("hs2", Observation("ssh://a", "closed", "rst", offender="10.0.0.1", source="10.0.0.2", address="::1")),
    )
    case = case_of({"run/observations.json": recorded.encode(seen), "later.json": recorded.encode(seen[:1])})
    assert case.recorded == (*seen[:1], *seen)
    assert {entry.kind for entry in case.inputs} == {"observations.json"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"schema_version": "2",\n"observations": []}',
            "observations.json:1: found '2' for schema_version, expected one of its known words",
        ),
        (
            (
                '{"schema_version": "1", "observations": [\n'
                '{"flow": "a", "vantage": "b", "state": "ajar", "reason": "rst"}]}'
            ),
            "observations.json:2: found 'ajar' for state, expected one of its known words",
        ),
        (
            '{"schema_version": "1",\n"observations": [{"flow": "a"}]}',
            "observations.json:2: found no vantage, expected vantage in element 1 of observations",
        ),
        ("[]\n{}", "observations.json: found 2 values, expected one object with observations"),
        (
            '{"schema_version": "1", "observations": [1], "observations": []}',
            "observations.json:1: found two lists of observations, expected one",
        ),
        (
            "{",
            "observations.json:1: found a text that is cut off, expected the whole answer",
        ),
    ],
)
def test_a_broken_recording_is_an_error(content: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        case_of({"observations.json": content})
    assert str(caught.value) == message


def test_a_directory_its_archive_and_its_files_give_the_same_case(tmp_path: Path) -> None:
    files: dict[str, Content] = {
        "cluster.json": CLUSTER,
        "nodes.json": NODES,
        "krb5.conf": REALMS,
        "core-site.xml": xml(a="1"),
    }
    (tmp_path / "case").mkdir()
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as made:
        for name, content in files.items():
            (tmp_path / "case" / name).write_bytes(as_bytes(content))
            made.writestr(f"case/{name}", as_bytes(content))
    whole = directory.read([tmp_path / "case"])
    assert directory.read([tmp_path / "case.zip"]) == whole
    plain = directory.read([tmp_path / "case" / name for name in files])
    assert (plain.nodes, plain.inputs, plain.settings) == (whole.nodes, whole.inputs, whole.settings)
    assert [case.name for case in directory.read_all([tmp_path / "case", tmp_path / "case.zip"])] == ["case", "case"]
    with pytest.raises(CaseError, match=r"case\.zip: found 2 cases \(case and case\), expected one; --log takes"):
        directory.read([tmp_path / "case", tmp_path / "case.zip"])


def test_sources_given_by_hand_replace_the_networks_and_keep_what_is_known() -> None:
    case = Case(
        "case",
        nodes=(Node("a"),),
        resource_group=ResourceGroup(
            "rg", networks=(Network("10.1.0.0/24", vpc="vpc-1", vswitch="vsw-1", security_group="sg-rg"),)
        ),
        vswitches={"vsw-2": VSwitch("vsw-2", "vpc-2", "10.2.0.0/24", "fd00:2::/64")},
    )
    asked = with_sources(case, ["10.1.0.0/24", " 10.2.0.0/24", "10.3.0.9", "fd00:2::/64", "10.1.0.0/24"])
    assert [(n.cidr, n.ipv6_cidr, n.vswitch, n.vpc, n.security_group) for n in asked.resource_group.networks] == [
        ("10.1.0.0/24", None, "vsw-1", "vpc-1", "sg-rg"),
        ("10.2.0.0/24", None, "vsw-2", "vpc-2", None),
        ("10.3.0.9", None, None, None, None),
        (None, "fd00:2::/64", "vsw-2", "vpc-2", None),
    ]
    assert (asked.resource_group.id, asked.nodes) == ("rg", case.nodes)
    with pytest.raises(ValueError, match=r"'10\.0\.0' is not an IP address or CIDR"):
        with_sources(case, ["10.0.0"])
    with pytest.raises(ValueError, match=r"10\.1\.0\.0/24,10\.2\.0\.0/24 is a list: give --from once for each"):
        with_sources(case, ["10.1.0.0/24,10.2.0.0/24"])


def test_sources_given_by_hand_settle_what_was_missing() -> None:
    case = case_of({"networks.json": NETWORKS})
    assert checks(case) == ["addresses of vsw-1", "addresses of vsw-2"]
    assert checks(with_sources(case, ["192.168.10.0/24"])) == []


def test_importing_the_vocabulary_loads_no_reader() -> None:
    # What a machine's own site-packages load at the start is not ours.
    program = (
        "import sys; "
        "heavy = {'pyexpat', 'msgspec', 'netaddr', 'zipfile', 'tarfile', 'tomllib', 'json'} - {*sys.modules}; "
        "import diagnose.case; print(sorted(heavy & {*sys.modules}))"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
