"""Is a module that logs heard by whoever listens, and silent without?"""

from __future__ import annotations

import logging
import sys

import pytest

from probes.log import listened


def test_a_logger_is_given_to_who_listens_at_level_info(caplog: pytest.LogCaptureFixture) -> None:
    assert listened("probes.of.nobody") is None
    with caplog.at_level(logging.INFO, "probes.of.nobody"):
        log = listened("probes.of.nobody")
        assert log is not None
        log.info("asked")
    assert caplog.messages == ["asked"]


def test_nobody_listens_before_logging_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("probes.of.all").setLevel(logging.INFO)
    monkeypatch.delitem(sys.modules, "logging")
    assert listened("probes.of.all") is None
