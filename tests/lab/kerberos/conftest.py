"""One MIT KDC and one Heimdal KDC a session, both with the same principals."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .heimdal import HeimdalKdc, unpack
from .kdc import Kdc, KdcError
from .mit import MitKdc

REQUIRED = "EMR_DIAGNOSE_LAB"
"""Set to "required" where real KDCs must be there, as in CI: then what is missing fails the tests instead of skipping them."""

PASSWORD = "CANARYpassword7391"
"""Recognisable wherever it might appear."""

MIT_PRINCIPALS = {
    "alice": f"+requires_preauth -pw {PASSWORD}",
    "open": f"-requires_preauth -pw {PASSWORD}",
    "rc4only": f"+requires_preauth -e arcfour-hmac:normal -pw {PASSWORD}",
    "aes128": f"+requires_preauth -e aes128-cts:normal -pw {PASSWORD}",
    "stale": f"+requires_preauth -pw {PASSWORD}",
    "expired": f"+requires_preauth -expire yesterday -pw {PASSWORD}",
    "outdated": f"+requires_preauth -pwexpire yesterday -pw {PASSWORD}",
    "locked": f"+requires_preauth -allow_tix -pw {PASSWORD}",
    "hdfs/master-1-1": "+requires_preauth -randkey",
    "hive/master-1-1": "-randkey",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of it needs packages beyond Python."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


def absent(reason: str) -> None:
    """Skip, or fail where the lab is required."""
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def serving(kdc: Kdc) -> Iterator[Kdc]:
    kdc.start()
    try:
        yield kdc
    finally:
        kdc.stop()


@pytest.fixture(scope="session")
def mit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MitKdc]:
    missing = [tool for tool in ("krb5kdc", "kdb5_util", "kadmin.local", "setpriv") if shutil.which(tool) is None]
    if missing:
        absent(f"no {', '.join(missing)}: install the packages in .ci/packages")
    kdc = MitKdc(tmp_path_factory.mktemp("mit"), principals=MIT_PRINCIPALS)
    with serving(kdc):
        yield kdc


@pytest.fixture(scope="session")
def heimdal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeimdalKdc]:
    try:
        root = unpack(tmp_path_factory.mktemp("heimdal-packages"))
    except KdcError as error:
        absent(str(error))
    principals = dict.fromkeys(("alice", "stale", "hdfs/master-1-1", "hive/master-1-1"), PASSWORD)
    kdc = HeimdalKdc(tmp_path_factory.mktemp("heimdal"), root=root, principals=principals)
    with serving(kdc):
        yield kdc


@pytest.fixture(params=["mit", "heimdal"])
def either(request: pytest.FixtureRequest) -> Kdc:
    kdc = request.getfixturevalue(request.param)
    assert isinstance(kdc, Kdc)
    return kdc
