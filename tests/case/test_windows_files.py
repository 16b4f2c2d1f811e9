"""What becomes of files that were saved on Windows: CR LF, a byte order mark, UTF-16?

What Hadoop 2.10.2 and 3.3.6 do was measured with their own `Configuration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.case import directory
from diagnose.case.errors import CaseError
from diagnose.case.model import Case
from diagnose.case.recognise import Unrecognised, recognise
from diagnose.case.tree import Tree
from diagnose.cli import main
from probes.errors import FormatError
from probes.files.file_type import AS_UTF_8, UTF_16
from probes.files.hadoopconf import overlay, read_xml
from probes.files.properties import read_properties
from probes.files.shellenv import read_env
from probes.names.hosts import read_hosts
from tests.support.incident_cases import contents, healthy, write

CODECS = ("utf-16", "utf-16-le", "utf-16-be")
BIG_WITH_MARK = "big with mark"
XML = "<configuration><property><name>x</name><value>v</value></property></configuration>\n"
SS = "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp   LISTEN 0 128 0.0.0.0:88 0.0.0.0:*\n"


def saved(text: str, codec: str) -> bytes:
    """Return the text as Windows saves it: with CR LF, in the codec."""
    lines = text.replace("\n", "\r\n")
    return b"\xfe\xff" + lines.encode("utf-16-be") if codec == BIG_WITH_MARK else lines.encode(codec)


def case_with(replaced: Mapping[str, bytes]) -> Case:
    return directory.of_tree(Tree("case", {**contents(healthy(kerberos=True)), **replaced}))


WHOLE = contents(healthy(kerberos=True))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_crlf_changes_nothing(name: str) -> None:
    whole, case = case_with({}), case_with({name: saved(WHOLE[name].decode(), "utf-8")})

    assert (case.faults, case.misread, case.skipped) == (whole.faults, whole.misread, whole.skipped)
    assert case.security_groups.keys() == whole.security_groups.keys()
    assert {kind: read.get("fs.defaultFS") for kind, read in case.settings.items()} == {
        kind: read.get("fs.defaultFS") for kind, read in whole.settings.items()
    }


@pytest.mark.parametrize("codec", [*CODECS, BIG_WITH_MARK])
@pytest.mark.parametrize("name", ["krb5.conf", "hosts", "spark-defaults.conf", "zoo.cfg", "spark-env.sh"])
def test_utf_16_is_called_what_it_is_where_clients_cannot_read_it(name: str, codec: str) -> None:
    text = WHOLE[name].decode() if name in WHOLE else "export A=1\nclientPort=2181\n"

    (fault,) = case_with({name: saved(text, codec)}).faults

    assert (fault.file, fault.line, fault.found, fault.expected) == (name, None, UTF_16, AS_UTF_8)


@pytest.mark.parametrize("codec", [*CODECS, BIG_WITH_MARK])
@pytest.mark.parametrize("read", [read_hosts, read_properties, read_env])
def test_each_reader_says_utf_16(read: object, codec: str) -> None:
    assert callable(read)
    with pytest.raises(FormatError, match="found text saved as UTF-16, as Windows editors do, expected the same text"):
        read("f", saved("a=b # 中\n", codec))


@pytest.mark.parametrize("codec", [*CODECS, BIG_WITH_MARK, "utf-8-sig"])
@pytest.mark.parametrize("name", sorted(name for name in WHOLE if name.endswith(".json")))
def test_answers_are_read_in_every_encoding(name: str, codec: str) -> None:
    case = case_with({name: saved(WHOLE[name].decode(), codec)})

    assert case.misread == ()
    assert case.security_groups == case_with({name: saved(WHOLE[name].decode(), "utf-8")}).security_groups


@pytest.mark.parametrize("codec", [*CODECS, BIG_WITH_MARK, "utf-8-sig", "utf-8"])
def test_output_of_a_command_is_read_in_every_encoding(codec: str) -> None:
    (text,) = case_with({"ss-master-1-1.txt": saved(SS, codec)}).texts

    assert text.text.replace("\r\n", "\n") == SS


DECLARED = {"none": "", "version": '<?xml version="1.0"?>\n'} | {
    name: f'<?xml version="1.0" encoding="{name}"?>\n' for name in ("UTF-8", "ISO-8859-1", "UTF-16")
}
REFUSED_BY_HADOOP = {
    *(("UTF-8", codec) for codec in (*CODECS, BIG_WITH_MARK)),
    *(("ISO-8859-1", codec) for codec in (*CODECS, BIG_WITH_MARK)),
    *(("UTF-16", codec) for codec in ("utf-8", "utf-8-sig")),
    *(("none", codec) for codec in ("utf-16-le", "utf-16-be")),
}


@pytest.mark.parametrize("codec", [*CODECS, BIG_WITH_MARK, "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("declared", DECLARED)
def test_hadoop_xml_is_refused_where_hadoop_refuses_it(declared: str, codec: str) -> None:
    content = saved(DECLARED[declared] + XML, codec)
    if (declared, codec) not in REFUSED_BY_HADOOP:
        assert overlay(read_xml("core-site.xml", content)).get("x") == "v"
        return
    with pytest.raises(FormatError) as refused:
        read_xml("core-site.xml", content)
    assert refused.value.line == 1
    assert refused.value.found.startswith("text saved as UTF-")


@pytest.mark.parametrize("codec", CODECS)
def test_case_toml_in_utf_16_ends_the_run_with_its_name(codec: str) -> None:
    with pytest.raises(CaseError, match=r"^case\.toml: found text saved as UTF-16, as Windows editors do"):
        case_with({"case.toml": saved("[cluster]\nid = 'c-1'\n", codec)})


def test_a_stray_file_in_utf_16_is_called_that() -> None:
    assert recognise("notes", "Bücher\n".encode("utf-16")) == Unrecognised(UTF_16, AS_UTF_8)


@pytest.mark.parametrize(
    ("language", "says", "repair"),
    [
        ("en", "krb5.conf is text saved as UTF-16, as Windows editors do", "the same text saved as UTF-8 in its place"),
        ("zh", "krb5.conf 是以 UTF-16 保存的文本", "请换成以 UTF-8 保存的同一文本"),
    ],
)
def test_the_report_and_the_lint_name_the_repair(tmp_path: Path, language: str, says: str, repair: str) -> None:
    files = healthy(kerberos=True)
    write(tmp_path, {**files, "krb5.conf": "", "hosts": ""})
    for name in ("krb5.conf", "hosts"):
        (tmp_path / name).write_bytes(saved(WHOLE[name].decode(), "utf-16"))

    command = ["check", str(tmp_path), "--offline", "--details", "--lang", language]
    report = " ".join(CliRunner().invoke(main, command, terminal_width=200).stdout.split())
    lint = CliRunner().invoke(main, ["kerberos", str(tmp_path / "krb5.conf"), "--lang", language])

    assert says in report
    assert repair in report
    assert ("host names of hosts" if language == "en" else "hosts 中的主机名") in report
    assert "UTF-8" in lint.stdout
    assert lint.exit_code == 1
