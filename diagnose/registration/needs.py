"""What would decide a rule that cannot be checked? Noun phrases for the reader of a report."""

from __future__ import annotations

from probes.language import tr

GET_CLUSTER = "emr:GetCluster"


def key_of(table: str, key: str) -> str:
    """Return a key of case.toml, for what only a person knows."""
    return tr("{key} in [{table}] of case.toml", key=key, table=table)


def answer_or_key(call: str, table: str, key: str) -> str:
    """Return an answer of an API, or the key of case.toml that says the same."""
    return tr("the answer of {call}, or {key} in [{table}] of case.toml", call=call, key=key, table=table)
