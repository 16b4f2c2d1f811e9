"""Given a shell with our completion, then it completes commands, options and values."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from diagnose.cli import COMMANDS, main
from diagnose.cli.completion import SHELLS
from diagnose.findings import catalogue
from diagnose.probing.schemes import SCHEMES
from diagnose.report.formats import FORMATS

ASK = """
eval "$(emr-diagnose completion bash)"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_emr_diagnose_completion emr-diagnose
printf '%s\\n' "${COMPREPLY[@]}"
"""


OTHER_SHELLS = [pytest.param(shell, marks=pytest.mark.needs(shell)) for shell in SHELLS if shell != "bash"]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a PATH with an emr-diagnose that runs this code."""
    program = tmp_path / "emr-diagnose"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m diagnose "$@"\n')
    program.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def completed(path: str, *words: str) -> list[str]:
    """Return what bash would offer for the last of these words."""
    command = ["bash", "--norc", "-c", ASK, "bash", "emr-diagnose", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path})
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["che"], ["check"]),
        (["check", "--fo"], ["--format"]),
        (["check", "--off"], ["--offline"]),
        (["check", "--format", "ju"], ["junit"]),
        (["check", "--format", "json", "-o", "report.json", "--wat"], ["--watch"]),
        (["check", "--watch", "case", "--off"], ["--offline"]),
        (["check", "--fail-on", "w"], ["warning"]),
        (["completion", ""], list(SHELLS)),
        (["explain", "SG-KDC-U"], ["SG-KDC-UDP"]),
        (["explain", "sg-kdc-u"], ["SG-KDC-UDP"]),
        (["explain", "SG-KDC-UDP", "NACL-R"], ["NACL-RETURN"]),
        (["explain", "no-such"], []),
        (["probe", "krb5+"], ["krb5+udp://", "krb5+tcp://"]),
        (["probe", "tcp://a:1", "had"], ["hadoop://"]),
        (["check", "--nothing-like-it"], []),
    ],
)
def test_bash_is_offered_what_fits(path: str, words: list[str], offered: list[str]) -> None:
    assert completed(path, *words) == offered


def test_every_command_and_every_format_is_offered(path: str) -> None:
    assert set(completed(path, "")) == set(COMMANDS)
    assert set(completed(path, "check", "--format", "")) == set(FORMATS)


def test_every_code_and_every_scheme_is_offered(path: str) -> None:
    assert completed(path, "explain", "") == list(catalogue.codes())
    assert completed(path, "probe", "") == [f"{name}://" for name in SCHEMES]


ZSH = """
compdef() {{ :; }}
compadd() {{ print -l -- "$@" $completions; }}
_describe() {{ print -l -- $completions_with_descriptions; }}
eval "$(emr-diagnose completion zsh)"
words=({words}); CURRENT=$#words
_emr_diagnose_completion
"""


def _offered(shell: str, path: str, *words: str) -> list[str]:
    """Return what zsh or fish would offer for the last of these words."""
    line = " ".join(("emr-diagnose", *words))
    program = (
        ZSH.format(words=line)
        if shell == "zsh"
        else f"emr-diagnose completion fish | source; complete --do-complete '{line}'"
    )
    quiet = ["-f"] if shell == "zsh" else ["--no-config"]
    done = subprocess.run(
        [shell, *quiet, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "PATH": path}
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", OTHER_SHELLS)
def test_codes_and_schemes_are_offered_in_other_shells(path: str, shell: str) -> None:
    title = catalogue.entry("SG-KDC-UDP").title

    (code,) = _offered(shell, path, "explain", "SG-KDC-U")
    assert code.startswith({"zsh": f"SG-KDC-UDP:{title}", "fish": f"SG-KDC-UDP\t{title.split(',')[0]}"}[shell])
    assert {"krb5+udp://", "krb5+tcp://"} <= set(_offered(shell, path, "probe", "krb5+"))


@pytest.mark.needs("zsh")
def test_no_space_follows_a_scheme_in_zsh(path: str) -> None:
    assert "-S" in _offered("zsh", path, "probe", "had")
    assert "-S" not in _offered("zsh", path, "completion", "ba")


def test_a_key_in_a_real_bash_completes_the_line(path: str) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "PATH": path, "TERM": "dumb", "PS1": "$ "}
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], environment)
    said = ""
    try:
        for typed, mark in (
            ('eval "$(emr-diagnose completion bash)" && echo rea""dy\n', "\nready"),
            ("emr-diagnose probe had\tmaster-1-1", "emr-diagnose probe hadoop://master-1-1"),
            ("\x15emr-diagnose check --fai\t", "emr-diagnose check --fail-on "),
        ):
            os.write(terminal, typed.encode())
            said = _read_until(terminal, mark)
    finally:
        os.write(terminal, b"\x03exit\n")
        os.close(terminal)
        os.waitpid(pid, 0)

    assert "--fail-on " in said


def _read_until(terminal: int, mark: str, seconds: float = 60) -> str:
    said, end = "", time.monotonic() + seconds
    while mark not in said.replace("\r", ""):
        left = end - time.monotonic()
        assert left > 0, said
        if select.select([terminal], [], [], left)[0]:
            said += os.read(terminal, 4096).decode("utf-8", "replace")
    return said


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_EMR_DIAGNOSE_COMPLETE" in result.stdout


@pytest.mark.parametrize("shell", ["bash", *OTHER_SHELLS])
def test_the_script_of_each_shell_is_one_that_it_reads(shell: str) -> None:
    script = CliRunner().invoke(main, ["completion", shell]).stdout
    subprocess.run([shell, "-n"], input=script, text=True, check=True)
