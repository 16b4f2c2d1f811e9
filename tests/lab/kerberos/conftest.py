"""One MIT KDC and one Heimdal KDC a session, both with the same principals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.needs import require

from .heimdal import HeimdalKdc, unpack
from .kdc import Kdc
from .mit import MitKdc

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


@contextmanager
def serving(kdc: Kdc) -> Iterator[Kdc]:
    kdc.start()
    try:
        yield kdc
    finally:
        kdc.stop()


@pytest.fixture(scope="session")
def mit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MitKdc]:
    kdc = MitKdc(tmp_path_factory.mktemp("mit"), principals=MIT_PRINCIPALS)
    with serving(kdc):
        yield kdc


@pytest.fixture(scope="session")
def heimdal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HeimdalKdc]:
    require("heimdal", "apt-get", "dpkg")
    root = unpack(tmp_path_factory.mktemp("heimdal-packages"))
    principals = dict.fromkeys(("alice", "stale", "hdfs/master-1-1", "hive/master-1-1"), PASSWORD)
    kdc = HeimdalKdc(tmp_path_factory.mktemp("heimdal"), root=root, principals=principals)
    with serving(kdc):
        yield kdc


@pytest.fixture(params=["mit", "heimdal"])
def either(request: pytest.FixtureRequest) -> Kdc:
    kdc = request.getfixturevalue(request.param)
    assert isinstance(kdc, Kdc)
    return kdc
