"""Is a test skipped, or failed, for what is absent, and does one line say what to install?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _pytest.outcomes import Failed

from tests.support import needs
from tests.support.places import PROJECT


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a machine without a program, on which the lab is not required."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv(needs.LAB, raising=False)


@pytest.mark.usefixtures("nothing")
def test_a_test_is_skipped_for_all_that_is_absent() -> None:
    with pytest.raises(needs.AbsentError) as skipped:
        needs.require("nft", "kinit")

    assert skipped.value.absent == ("nft", "kinit")
    assert str(skipped.value) == "needs nft, kinit"


@pytest.mark.usefixtures("nothing")
def test_it_fails_if_the_lab_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(needs.LAB, "required")

    with pytest.raises(Failed, match="needs nft"):
        needs.require("nft")


def test_a_test_that_lacks_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nft").write_text("#!/bin/sh\n")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    needs.require("nft")


def test_an_unknown_need_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        needs.require("nftables")


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (
            0,
            "Run `make lab`: it installs what is missing (apt-get install krb5-user nftables) and runs the tests.",
        ),
        (
            1000,
            "Run `sudo make lab`: it installs what is missing and runs the tests.",
        ),
    ],
)
def test_one_line_names_what_is_absent_once_and_what_installs_it(
    user: int, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)

    said = needs.summary(["nft", "kinit", "nft", "root"], 2)

    assert said == f"2 tests skipped because they need kinit, nft, root. {line}"


def test_every_package_that_a_need_names_is_installed_by_make_lab() -> None:
    listed = (PROJECT / ".ci" / "packages").read_text(encoding="utf-8").split()
    debian = {"dpkg", "apt", "libkrb5-3"}  # on every Debian that has Python

    assert set(needs.PACKAGES.values()) - debian <= set(listed)
