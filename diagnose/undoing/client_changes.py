"""Which Kerberos clients fare better in one world than in another?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diagnose.clients.model import Prediction

SHORTER_S = 1.0
"""Seconds that a client has to wait less, to count as changed."""

MODELLED = frozenset({"mit", "jdk"})
"""Families whose reading of krb5.conf is modelled."""


def fail_surely(clients: Sequence[Prediction]) -> bool:
    """Return True if the login of every client whose reading is modelled fails."""
    logins = [client for client in clients if client.exchange == "as" and client.family in MODELLED]
    return bool(logins) and all(client.works == "no" for client in logins)


def may_fail(client: Prediction) -> bool:
    """Return True if a client fails, or if nothing is known of one whose reading is modelled."""
    return client.works == "no" or (client.works == "unknown" and client.family in MODELLED)


def better_families(before: Sequence[Prediction], after: Sequence[Prediction]) -> tuple[str, ...]:
    """Return the families of which an exchange no longer fails, or waits less."""
    then = worst_of(after)
    changed = [asked[0] for asked, was in worst_of(before).items() if _is_changed(was, then.get(asked))]
    return tuple(dict.fromkeys(changed))


def becomes_known(before: Sequence[Prediction], surely: Sequence[Prediction]) -> bool:
    """Return True if a client with a modelled reading works, of which nothing was known before."""
    unknown = {
        asked for asked, was in worst_of(before).items() if was.works == "unknown" and was.family in ("mit", "jdk")
    }
    return any((client.family, client.exchange) in unknown for client in surely)


def worst_of(clients: Sequence[Prediction]) -> Mapping[tuple[str, str], Prediction]:
    """Return what each family meets at each exchange, of several releases the one that fares
    worst."""
    worst: dict[tuple[str, str], Prediction] = {}
    for each in clients:
        kept = worst.setdefault((each.family, each.exchange), each)
        if _badness(each) > _badness(kept):
            worst[each.family, each.exchange] = each
    return worst


def _badness(client: Prediction) -> tuple[int, float]:
    return ("yes", "unknown", "no").index(client.works), client.seconds or 0.0


def _is_changed(before: Prediction, after: Prediction | None) -> bool:
    if after is None:
        return False
    if before.works != after.works:
        return before.works == "no"
    if before.works != "yes" or before.seconds is None or after.seconds is None:
        return False
    return before.seconds - after.seconds >= SHORTER_S
