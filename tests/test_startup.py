"""Is nothing heavy imported before it is needed?

Imports are counted, because time differs by machine.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from diagnose.cli import COMMANDS
from tests.support.places import PROJECT

HEAVY = (
    "scapy",
    "paramiko",
    "cryptography",
    "pyexpat",
    "dns",
    "jinja2",
    "asyncio",
    "ssl",
    "rich",
    "netaddr",
    "msgspec",
)
"""Modules that cost a user of `--help` time. Each is imported by the function that uses it."""

FOR_PACKETS = ("scapy", "paramiko", "cryptography", "dns", "jinja2", "asyncio", "ssl")
"""Modules that only a command needs that sends packets, logs in, or writes HTML."""

PROGRAM = """
import json, sys
from diagnose.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


SEARCHES = """
import atexit, gc, json, sys
from diagnose.__main__ import run

def searches():
    return sum(generation["collections"] for generation in gc.get_stats())

def show():
    print(json.dumps([searches() - before, len(gc.get_objects())]), file=sys.stderr)

gc.collect()  # begin to count new objects anew
before = searches()
atexit.register(show)
run()
"""
"""Tells how often a command searched for cycles, and how many objects the end would search."""


def loaded(*args: str) -> set[str]:
    """Return the top-level modules that are loaded when this command line has ended."""
    return {name.partition(".")[0] for name in every_module(*args)}


def every_module(*args: str) -> set[str]:
    """Return the modules that are loaded when this command line has ended."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *args], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("args", [[], *([command] for command in COMMANDS)], ids=lambda args: " ".join(args) or "main")
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    assert loaded(*args, "--help") & set(HEAVY) == set()


def test_an_offline_check_loads_nothing_for_packets() -> None:
    assert loaded("check", "fixtures/healthy", "--offline", "--format", "json") & set(FOR_PACKETS) == set()


def test_an_offline_check_without_xml_files_loads_no_parser_of_xml() -> None:
    case = PROJECT / "fixtures" / "minimal"
    assert not list(case.rglob("*-site.xml"))
    assert "pyexpat" not in loaded("check", str(case), "--offline", "--from", "192.168.10.0/24", "--format", "json")


def test_an_offline_check_that_writes_json_lays_out_no_page() -> None:
    assert "rich" not in loaded("check", "fixtures/healthy", "--offline", "--format", "json")


def test_a_page_without_colours_loads_of_rich_only_the_widths_of_characters() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline")
    assert "rich.cells" in modules
    assert not modules & {"rich.text", "rich.console"}


def test_handshakes_alone_load_neither_a_log_nor_an_event_loop() -> None:
    assert not loaded("probe", "tcp://127.0.0.1:1", "--format", "json") & {"logging", "asyncio"}
    assert "logging" in loaded("probe", "tcp://127.0.0.1:1", "--format", "json", "--verbose")


def test_help_loads_no_locale_for_the_words_of_click() -> None:
    assert "locale" not in loaded("--help")


def test_an_offline_check_loads_nothing_for_mistakes_passwords_archives_and_logs() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline")
    assert not modules & {"difflib", "getpass", "locale", "logging", "shutil", "lzma", "probes.files.log_events"}


def test_an_offline_check_loads_only_the_repairs_that_its_findings_have() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline")
    assert {"diagnose.remedies.edits", "diagnose.remedies.rules"} <= modules
    others = ("acls", "further_group", "no_rule", "one_line", "routes")
    assert not modules & {f"diagnose.remedies.{name}" for name in others}


def test_an_offline_check_of_plain_addresses_in_english_loads_neither_netaddr_nor_chinese_texts() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline", "--format", "json")
    assert "diagnose.findings.wording.en.security_group" in modules
    assert not modules & {"netaddr", "diagnose.findings.wording.zh"}


def test_an_offline_check_loads_the_words_of_its_own_findings_alone() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline", "--format", "json")
    rooms = ("names", "hadoop", "routes", "krb5_conf")
    assert not modules & {f"diagnose.findings.wording.en.{room}" for room in rooms}
    assert not modules & {"diagnose.findings.params.names", "diagnose.findings.wording.registration.people"}


def test_an_offline_check_without_a_log_loads_no_rules_of_registration_and_no_ssh() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline", "--format", "json")
    assert not modules & {"diagnose.registration", "probes.ssh.target"}
    assert not modules & {"diagnose.symptoms.log", "diagnose.findings.logs"}


def test_an_offline_check_without_a_case_toml_reads_no_toml() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline")
    assert not modules & {"tomllib", "diagnose.case.casetoml"}


def test_an_offline_check_loads_no_questions_of_packets_and_no_form_of_another_tool() -> None:
    modules = every_module("check", "fixtures/datalake-ha-kerberos", "--offline")
    assert not modules & {"probes.questions.register", "probes.names.look_up", "probes.kerberos.message", "socket"}
    assert not modules & {"diagnose.remedies.ros", "diagnose.remedies.terraform"}


def test_a_plan_loads_nothing_for_packets() -> None:
    # ssl alone is loaded: a plan names the follow-up questions, and one of them speaks TLS.
    assert loaded("plan", "fixtures/healthy", "--format", "json") & set(FOR_PACKETS) <= {"ssl"}


def test_the_module_of_ssh_sessions_loads_nothing_heavy_until_one_is_opened() -> None:
    program = "import sys; import probes.ssh.session; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert set(done.stdout.split()) & set(HEAVY) == set()


def test_an_offline_check_searches_its_modules_for_no_cycles() -> None:
    command = [sys.executable, "-c", SEARCHES, "check", "fixtures/datalake-ha-kerberos", "--offline"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
    searches, at_the_end = json.loads(done.stderr.splitlines()[-1])
    assert searches == 0
    assert at_the_end < 1000


def test_the_test_itself_sees_a_heavy_module() -> None:
    assert "pyexpat" in loaded("check", "fixtures/healthy", "--offline", "--format", "json")
