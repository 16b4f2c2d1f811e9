"""Given a case in which every input holds secrets, does one of them reach any output?

Each place has a canary of its own, so a failure names the place that leaks.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.report.formats import FORMATS
from tests.fuzz.files import as_files
from tests.support import incident_cases
from tests.support.canaries import KEY, Canaries, observed, planted
from tests.support.keytab_files import file, record
from tests.support.places import PROJECT

BROKEN = (
    ("core-site.xml", "<configuration><property><name>a</name><value>{0}</value></propert {0}>{0}"),
    ("hive-site.xml", "<configuration>&{0};</configuration>"),
    ("case.toml", 'password = "{0}\n{0} = = {0}\n'),
    ("case.toml", '[cluster]\nid = ["password={0}"]\n'),
    ("krb5.conf", "[libdefaults]\n default_realm = R\n password={0} }}\n}} password={0}\n[realms\npassword={0}\n"),
    (
        "krb5.conf",
        "[libdefaults]\n default_realm = R\n clockskew = password={0}\n[realms]\n R = {{\n kdc = u:{0}@h:x\n",
    ),
    ("sg.json", '{{"AccessKeySecret": "{0}", {0}: 1}}'),
    ("observations.json", '{{"schema_version": "1", "observations": [{{"flow": 1, "vantage": {0}}}]}}'),
    ("observations.json", '{{"schema_version": "1", "observations": "password={0}"}}'),
    (
        "observations.json",
        '{{"schema_version": "1", "observations": [{{"flow": "a", "vantage": "v", "state": "password={0}"}}]}}',
    ),
    ("spark-defaults.conf", "spark.ssl.keyPassword {0}\\u00zz{0}\n"),
    ("hosts", "10.0.0.1 password={0} u:{0}@h\n300.1.1.1 u:{0}@h\n"),
)
"""Name and content of files with a fault beside a secret."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def write(place: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


@pytest.mark.parametrize("replayed", [False, True], ids=["configuration", "observations"])
def test_no_secret_of_a_case_reaches_an_output(replayed: bool, tmp_path: Path) -> None:
    canaries = Canaries()
    files = planted(canaries)
    if replayed:
        files["observations.json"] = observed(files, canaries)
    case = write(tmp_path / "case", files)
    outputs = [part for name in FORMATS for part in ("--format", name, "-o", tmp_path / f"report.{name}")]
    keytab = () if replayed else ("--keytab", case / "hive.keytab")
    results = [
        run("check", case, "--offline", "--from", incident_cases.BLOCK, "--verbose", *outputs, *keytab),
        *(run("check", case, "--offline", "--format", form) for form in FORMATS),
        *(run("preflight", case, "--verbose", "--format", form) for form in ("terminal", "json", "html")),
        run("preflight", case, "--details"),
        *(run("plan", case, "--verbose", "--format", form) for form in ("terminal", "json")),
        *(run("kerberos", case / "krb5.conf", "--verbose", "--format", form) for form in ("terminal", "json")),
    ]
    assert {result.exit_code for result in results} <= {0, 1, 3}, [result.output for result in results]
    written = [path.read_bytes() for path in tmp_path.glob("report.*")]
    assert len(written) == len(FORMATS)
    assert canaries.found_in(*(result.output for result in results), *written) == set()


@pytest.mark.parametrize(("name", "content"), BROKEN)
def test_the_text_around_an_error_is_not_quoted(name: str, content: str, tmp_path: Path) -> None:
    canaries = Canaries()
    files = as_files(incident_cases.healthy())
    case = write(tmp_path / "case", {**files, name: content.format(canaries.at(name)).encode()})
    results = [run("check", case, "--offline", "--format", form, "--verbose") for form in FORMATS]
    results += [run("plan", case)]
    if name == "krb5.conf":
        results += [run("kerberos", case / name, "--verbose", "--format", form) for form in ("terminal", "json")]
    assert {result.exit_code for result in results} <= {0, 1, 2, 3}
    assert canaries.found_in(*(result.output for result in results)) == set()


@pytest.mark.parametrize("scheme", ["hive", "metastore", "hadoop", "http", "https", "zookeeper", "tcp", "krb5+tcp"])
def test_no_secret_of_a_target_reaches_an_output(scheme: str, tmp_path: Path) -> None:
    canaries = Canaries()
    target = f"{scheme}://u:{canaries.at('a target')}@127.0.0.1:1/x?token={canaries.at('a query')}"
    queried = f"http://127.0.0.1:1/x?password={canaries.at('a query of http')}"
    listing = tmp_path / "targets"
    listing.write_text(f"{target}\n# {canaries.at('a comment')}\n")
    for form in ("terminal", "json"):
        options = ("--format", form, "--verbose", "--deadline", "2")
        for wanted in ((target,), (queried,), ("--targets", listing)):
            result = run("probe", *wanted, *options)
            assert canaries.found_in(result.output) == set()


@pytest.mark.parametrize("content", [file([record("hive/master-1-1", 18, KEY)])[:-4], b"\x05\x07" + KEY, b"x" + KEY])
def test_no_byte_of_a_damaged_keytab_reaches_an_output(content: bytes, tmp_path: Path) -> None:
    keytab = tmp_path / "hive.keytab"
    keytab.write_bytes(content)
    result = run("check", PROJECT / "fixtures" / "healthy", "--offline", "--verbose", "--keytab", keytab)
    assert Canaries().found_in(result.output) == set()
