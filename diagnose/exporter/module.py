"""How is a target asked? A module is a scheme of `probe`, with options that are fixed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from urllib.parse import quote, urlencode

from diagnose.probing.schemes import SCHEMES, parse
from diagnose.probing.target import Scheme, Target, TargetError
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex
from probes.vantage import PATIENCE

FIXED = ("principal", "service", "session")
"""Options that only a configured module has: who reaches the exporter must not ask a KDC for names
of their choice, or open sessions."""

_PORT = regex(r"(?<=[^:]):[0-9]+|(?<=\]):[0-9]+")


@frozen
class ProbeModule:
    """One value of `module=`."""

    scheme: Scheme
    """What is asked."""

    configured: bool = False
    """True for one of the file, whose options no target changes. False for a scheme by itself."""

    options: Mapping[str, str] = field(default_factory=dict)
    """Query of each target."""

    path: str = ""
    """Path and query of each target. Empty for the usual one."""

    port: int | None = None
    """Port of a target that names none. None for that of the scheme."""

    all_questions: bool = False
    """True if every question of the scheme is asked, not only the first."""

    secure: bool = False
    """True if an answer counts only inside TLS, with a certificate without faults."""

    patience: float = PATIENCE
    """Seconds a peer may be silent."""

    timeout: float | None = None
    """Seconds for one probe. None for what the caller allows."""

    def target(self, text: str) -> Target:
        """Return the target of host[:port] or scheme://host[:port].

        TargetError if it is none, or names another scheme or options of its own.
        """
        head, mark, rest = text.partition("://")
        if mark and head.replace(" ", "+") != self.scheme.name:  # a + in a query stands for a blank
            raise TargetError(tr("{target} is no target of {scheme}://", target=text, scheme=self.scheme.name))
        given = rest if mark else text
        authority = re.split(r"[/?#]", given, maxsplit=1)[0]
        more = given[len(authority) :]
        if self.configured:
            if more not in ("", "/"):
                raise TargetError(tr("a configured module takes host:port alone"))
            more = self.path + (f"?{urlencode(self.options, quote_via=quote)}" if self.options else "")
        if self.port is not None and _PORT.search(authority[-7:]) is None:
            authority += f":{self.port}"
        target = parse(f"{self.scheme.name}://{authority}{more}")
        if not self.configured and (named := [name for name in FIXED if name in target.options]):
            raise TargetError(tr("{option}= is for a configured module alone", option=named[0]))
        return target


def module_of(name: str, configured: Mapping[str, ProbeModule], *, only_configured: bool) -> ProbeModule | None:
    """Return the module of this name. None if there is none."""
    wanted = name.replace(" ", "+")
    if wanted in configured:
        return configured[wanted]
    scheme = None if only_configured else SCHEMES.get(wanted)
    return None if scheme is None else ProbeModule(scheme)
