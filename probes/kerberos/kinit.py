"""What do kinit and kvno of this machine report for the same login?

This is a second opinion, and is labelled as one: libkrb5 accepts what the JVM rejects (a skewed
clock, a lost UDP answer), and fails where the JVM works. The tools run

* with a credential cache of their own, which is deleted afterwards,
* with the krb5.conf that the caller names,
* without a terminal, so they cannot ask for a password,
* for a limited time: libkrb5 itself waits for ever for a KDC that accepts a connection and sends
  nothing.

Their trace (KRB5_TRACE) shows encrypted timestamps, salts and checksums of keys, which help to
guess a password. Only lines of a kind that is known to be harmless are kept. So a kind that a later
version adds is dropped until someone has reviewed it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from probes.frozen import frozen
from probes.language import tr
from probes.os_words import os_words
from probes.principal import Principal
from probes.regex import regex

if TYPE_CHECKING:
    import asyncio

SECONDS = 20.0
"""Time limit of one tool. MIT gives up after 18 s on a KDC that is silent on both transports."""

_MOST_OUTPUT = 8 * 1024
_MOST_TRACE = 256 * 1024
_MOST_LINES = 200
_LONGEST_LINE = 300
MOST_SERVICES = 64

_HARMLESS = regex(
    r"""Getting\ (?:initial\ )?credentials\ (?:for\ )?\S+(?:\ ->\ \S+)?
    | Found\ entries\ for\ \S+\ in\ keytab:\ [\w,\ -]+
    | Sending\ (?:un)?authenticated\ request
    | Sending\ request\ \(\d+\ bytes\)\ to\ \S+(?:\ \(primary\))?
    | Resolving\ hostname\ \S+
    | Sending\ (?:initial|retry)\ UDP\ request\ to\ (?:dgram|stream)\ \S+
    | Initiating\ TCP\ connection\ to\ stream\ \S+
    | Sending\ TCP\ request\ to\ stream\ \S+
    | Terminating\ (?:TCP|UDP)\ connection\ to\ (?:dgram|stream)\ \S+
    | (?:TCP|UDP)\ error\ (?:connecting\ to|receiving\ from|sending\ to)\ (?:dgram|stream)\ \S+:\ \d+/[\w\ ]+
    | Received\ answer\ \(\d+\ bytes\)\ from\ (?:dgram|stream)\ \S+
    | Response\ was\ (?:not\ )?from\ primary\ KDC
    | Received\ error\ from\ KDC:\ -?\d+/[\w\ '(),./-]+
    | Request\ or\ response\ is\ too\ big\ for\ UDP;\ retrying\ with\ TCP
    | Retrying\ (?:AS|TGS)?\ ?request\ with\ (?:primary\ KDC|TCP)
    | Looked\ up\ etypes\ in\ keytab:\ [\w,\ -]+
    | Preauthenticating\ using\ KDC\ method\ data
    | TGS\ request\ result:\ -?\d+/[\w\ '(),./@-]+
    | Received\ creds\ for\ desired\ service\ \S+
    """,
    re.VERBOSE,
)
_FRAME = regex(r"^\[\d+\]\s+[\d.]+:\s+| using ccache \S+$")
"""Process number and time before a line, our own temporary directory behind it."""
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Tool = Literal["kinit", "kvno"]


@frozen
class ToolRun:
    """One run of a tool."""

    tool: Tool
    """Which tool ran."""
    arguments: tuple[str, ...]
    """Its arguments, without the name of the tool."""
    exit_code: int | None
    """Exit code. None if the tool was stopped because its time was up."""
    text: str
    """What it wrote to standard output and standard error."""
    trace: tuple[str, ...]
    """Harmless lines of its trace, in order."""
    seconds: float
    """Duration, seconds."""


@frozen
class SecondOpinion:
    """What the Kerberos tools of this machine report for a login."""

    by: str
    """Version text of `klist -V`. "unknown" if there is none."""
    runs: tuple[ToolRun, ...]
    """The run of kinit, then one run of kvno for each service. No kvno runs if kinit failed."""
    why: str = ""
    """A clause if nothing ran, else empty."""


async def second_opinion(
    keytab: Path,
    principal: Principal,
    services: Sequence[Principal] = (),
    *,
    krb5_conf: Path | None = None,
    seconds: float = SECONDS,
) -> SecondOpinion:
    """Log in with kinit, then ask for each service with kvno.

    `krb5_conf`: None for the machine's own. `seconds`: time limit of each tool.
    Never raises because of a tool. ValueError if there are more than MOST_SERVICES services.
    """
    if len(services) > MOST_SERVICES:
        raise ValueError(f"more than {MOST_SERVICES} services")
    missing = [tool for tool in ("kinit", "kvno") if shutil.which(tool) is None]
    if missing:
        return SecondOpinion("unknown", (), tr("no {tools} on this machine", tools=tr(" and no ").join(missing)))
    with tempfile.TemporaryDirectory(prefix="second-opinion-") as directory:
        private = Path(directory)
        environment = _environment(private, krb5_conf)
        by = await _version(environment, private, seconds)
        login = ("-k", "-t", f"FILE:{keytab}", "--", str(principal))
        runs = [await _run("kinit", login, environment, private, seconds)]
        if runs[0].exit_code == 0:
            runs.extend([await _run("kvno", ("--", str(name)), environment, private, seconds) for name in services])
        return SecondOpinion(by, tuple(runs))


def harmless_lines(trace: str) -> tuple[str, ...]:
    """Return the lines of a trace that do not help to guess a password.
    Process number and time are removed."""
    lines = (_FRAME.sub("", line)[:_LONGEST_LINE] for line in trace.splitlines())
    return tuple(line for line in lines if _HARMLESS.fullmatch(line))[:_MOST_LINES]


def _environment(private: Path, krb5_conf: Path | None) -> Mapping[str, str]:
    """Return an environment with nothing of ours but PATH.
    KRB5CCNAME or a proxy would change the login."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "KRB5CCNAME": f"FILE:{private / 'ccache'}",
        "KRB5_TRACE": str(private / "trace"),
    }
    return environment if krb5_conf is None else {**environment, "KRB5_CONFIG": str(krb5_conf)}


async def _version(environment: Mapping[str, str], private: Path, seconds: float) -> str:
    klist = shutil.which("klist")
    if klist is None:
        return "unknown"
    code, text = await _output((klist, "-V"), environment, private, seconds)
    return _line(text) if code == 0 and text else "unknown"


async def _run(
    tool: Tool, arguments: tuple[str, ...], environment: Mapping[str, str], private: Path, seconds: float
) -> ToolRun:
    began = time.monotonic()
    trace = private / "trace"
    trace.unlink(missing_ok=True)
    code, text = await _output((shutil.which(tool) or tool, *arguments), environment, private, seconds)
    return ToolRun(tool, arguments, code, text, harmless_lines(_head(trace)), round(time.monotonic() - began, 3))


async def _output(
    argv: tuple[str, ...], environment: Mapping[str, str], private: Path, seconds: float
) -> tuple[int | None, str]:
    """Return the exit code and what the tool wrote. The code is None if the time was up.

    The tool gets a session of its own, so it has no terminal, and all its processes can be stopped.
    """
    import asyncio  # see probes.network.tcp

    written = private / "output"
    with written.open("wb") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            return 127, tr("{tool} does not start: {error}", tool=Path(argv[0]).name, error=os_words(error))
    try:
        async with asyncio.timeout(seconds):
            code: int | None = await process.wait()
    except TimeoutError:
        code = None
    finally:
        await _stop(process)
    return code, _CONTROL.sub("?", _head(written, _MOST_OUTPUT)).strip()


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Kill the tool if it still runs."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _head(path: Path, most: int = _MOST_TRACE) -> str:
    """Return the beginning of a file, or "" if it does not exist."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "backslashreplace")
    except OSError:
        return ""


def _line(text: str) -> str:
    return text.splitlines()[0][:_LONGEST_LINE]
