"""Which endpoint, name and principal does a next check of a log name?"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from diagnose.findings.values import Params, Values

WORDS: Final = ("user", "acting", "path", "scheme", "keytab", "service")
"""Words of a failure that a step may name, and that stand in capitals if the log does not tell."""


def filled(checks: Mapping[str, tuple[str, str]], params: Params, unknown_port: str) -> tuple[str, str]:
    """Return the two cheapest next checks for a failure of a log.

    checks: topic of a message -> two templates, in one language. unknown_port: what stands there
    for the port of a service if the log does not name it.
    """
    s = Values(params)
    name, port = s.text("host") or "HOST", s.text("port")
    realm = f"?realm={s.text('realm') or 'REALM'}"
    endpoint = f"{name}:{port or 'PORT'}"
    kdc = f"{name}:{port}" if s.text("host") and port else f"{s.text('host') or 'KDC'}:88"
    nodes = s.texts("datanodes")
    values = {
        "kdc_probes": f"emr-diagnose probe 'krb5+udp://{kdc}{realm}' 'krb5+tcp://{kdc}{realm}'",
        "kdc_clock": f"emr-diagnose probe 'krb5+tcp://{kdc}{realm}'",
        "tcp": f"tcp://{endpoint}",
        "endpoint": endpoint,
        "datanode": f"datanode://{nodes[0] if nodes else endpoint}",
        "name": name,
        "port": port or ("88" if s.text("topic").startswith("kdc-") else unknown_port),
        "principal": s.text("principal") or "PRINCIPAL",
        "realm": s.text("realm"),
        **{word: shlex.quote(s.text(word)) if s.text(word) else word.upper() for word in WORDS},
    }
    topic = s.text("topic")
    named = ["asked"] if "/" in s.text("principal") else []
    rows = (f"{topic}+{name}" for name in (*named, *(each for each in ("target", *WORDS, "realm") if s.text(each))))
    first, second = checks[next((row for row in rows if row in checks), topic)]
    return first.format_map(values), second.format_map(values)
