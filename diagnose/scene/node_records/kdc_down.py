"""Does a record of a KDC's host show that the KDC does not run?

Its log shows it by its last words, and kdc.conf by what krb5kdc does not start with. The log counts
more: a KDC that runs was started with another file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from diagnose.case.model import Case, Text
from diagnose.scene.node_records.kdc_listeners import is_overruled
from diagnose.scene.node_records.model import KdcDown, RecordLine
from diagnose.scene.outcome import Outcome
from probes.files.kdc_conf import refusal
from probes.files.kdc_log import KdcLog
from probes.files.kdc_start import UNTOLD, NotRunning

SAME_START: Final = 60.0
"""Seconds between what two logs of a host write of one start."""


def down_by_log(logs: Sequence[KdcLog], outcome: Outcome) -> KdcDown | None:
    """Return what stopped the KDC, by the newest of its logs. None if it runs by one of them, or if
    it is not known which is the newest.

    A realm that it does not have a database for is one of several that it serves.
    """
    stopped = [log for log in logs if log.not_running is not None]
    if not stopped:
        return None
    newest = max(stopped, key=lambda log: log.last_at or 0.0)
    if newest.not_running is not None and newest.not_running.failure in UNTOLD:
        newest = next((log for log in stopped if _tells_why(log, newest)), newest)
    others = [log for log in logs if log.not_running is None and log.events]
    if any(log.last_at is None or newest.last_at is None or log.last_at >= newest.last_at for log in others):
        return None
    found = newest.not_running
    if found is None or _is_of_another_realm(found, outcome):
        return None
    line = RecordLine("kdc-start", found.origin, found.said)
    return KdcDown(found.failure, found.what, not found.may_run, line)


def _tells_why(log: KdcLog, newest: KdcLog) -> bool:
    """Return True if a log tells more of the same start than the newest one, as of the journal."""
    is_told = log.not_running is not None and log.not_running.failure not in UNTOLD
    return is_told and abs((log.last_at or 0.0) - (newest.last_at or 0.0)) <= SAME_START


def _is_of_another_realm(found: NotRunning, outcome: Outcome) -> bool:
    """Return True if it failed at the database of another realm than clients ask for."""
    is_named = found.failure in ("database", "master-key", "realm") and found.what is not None
    return is_named and outcome.flow.realm is not None and found.what != outcome.flow.realm


def refused_conf(text: Text, case: Case, outcome: Outcome) -> KdcDown | None:
    """Return the line of kdc.conf with which krb5kdc does not start. None if there is none."""
    realm = outcome.flow.realm
    found = None if realm is None else refusal(text.file, text.text, realm)
    if found is None or realm is None or (found.is_setting and is_overruled(case, realm)):
        return None
    line = RecordLine("kdc-start", found.origin, found.found)
    return KdcDown(found.failure, None, True, line)
