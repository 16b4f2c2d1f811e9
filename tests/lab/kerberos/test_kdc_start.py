"""Does a real krb5kdc that cannot start still write what `probes.files.kdc_start` reads?"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from probes.files.kdc_log import read_kdc_log
from tests.lab.netns import remove

from .listening import REALM, ListeningKdc

TAKING = (
    "import socket, sys; taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); taken.bind(('0.0.0.0', 88)); "
    "print('taken', flush=True); sys.stdin.read()"
)


@pytest.fixture(scope="module")
def made(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListeningKdc]:
    kdc = ListeningKdc(tmp_path_factory.mktemp("starting"))
    try:
        kdc.wire()
        yield kdc
    finally:
        with suppress(subprocess.SubprocessError):
            remove(kdc.name)


@pytest.fixture
def kdc(made: ListeningKdc, tmp_path: Path) -> Iterator[ListeningKdc]:
    """Lend the KDC, and put its files back."""
    kept = shutil.copytree(made.directory, tmp_path / "kept")
    made.write("", "")
    yield made
    shutil.rmtree(made.directory)
    shutil.copytree(kept, made.directory)


def failure(text: str) -> str | None:
    found = read_kdc_log("krb5kdc.log", text).not_running
    return None if found is None else found.failure


def _without(name: str) -> Callable[[ListeningKdc], None]:
    return lambda kdc: (kdc.directory / name).unlink()


def _with(defaults: str) -> Callable[[ListeningKdc], None]:
    def change(kdc: ListeningKdc) -> None:
        kdc.write(defaults, "")

    return change


def _empty_stash(kdc: ListeningKdc) -> None:
    (kdc.directory / "stash").write_bytes(b"")


def _empty_database(kdc: ListeningKdc) -> None:
    (kdc.directory / "principal").write_bytes(b"")


def _no_module(kdc: ListeningKdc) -> None:
    kdc.write("", "  database_module = x\n }\n[dbmodules]\n x = {\n  db_library = none")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_without("principal"), "database"),
        (_without("principal.ok"), "database"),
        (_no_module, "database"),
        (_empty_database, "master-key"),
        (_without("stash"), "master-key"),
        (_empty_stash, "master-key"),
        (_with("kdc_listen = 99999"), "listen-value"),
        (_with("kdc_listen = 1088 #"), "listen-name"),
        (_with("kdc_listen = 10.9.9.9"), "no-address"),
        (_with("junk"), "configuration"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_kdc_that_cannot_start_says_why(
    kdc: ListeningKdc, change: Callable[[ListeningKdc], None], expected: str
) -> None:
    change(kdc)
    assert failure(kdc.words("-r", REALM)) == expected


def test_a_kdc_without_a_default_realm_says_so(kdc: ListeningKdc) -> None:
    (kdc.directory / "krb5.conf").write_text(f"[libdefaults]\n a = b\n[logging]\n kdc = FILE:{kdc.log}\n")
    assert failure(kdc.words()) == "no-realm"


def test_a_kdc_whose_port_is_taken_says_so(kdc: ListeningKdc) -> None:
    command = ["ip", "netns", "exec", kdc.name, "python3", "-c", TAKING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        assert failure(kdc.words("-r", REALM)) == "port-taken"
        other.terminate()


def test_a_kdc_that_starts_and_is_stopped_says_so(kdc: ListeningKdc) -> None:
    assert kdc.listening() is not None
    started = kdc.log.read_text()
    assert failure(started) is None
    (kdc.directory / "stash").unlink()
    assert failure(started + kdc.words("-r", REALM)) == "master-key"
