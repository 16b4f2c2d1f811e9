"""What does probes.services.ssh_banner read? tests/lab/services asks a real sshd."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services.ssh_banner import SshBanner, SshBannerError, banner, decode
from probes.vantage import Vantage
from tests.support.fake_service import SpeakingService
from tests.support.patience import SOON

OPENSSH = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"


@pytest.mark.parametrize(
    ("said", "protocol", "software", "comment"),
    [
        (OPENSSH, "2.0", "OpenSSH_9.2p1", "Debian-2+deb12u3"),
        (b"Authorized users only\r\n\r\n" + OPENSSH, "2.0", "OpenSSH_9.2p1", "Debian-2+deb12u3"),
        (b"SSH-1.99-libssh-0.9.6\n", "1.99", "libssh-0.9.6", None),
    ],
)
def test_the_identification_names_protocol_and_software(
    said: bytes, protocol: str, software: str, comment: str | None
) -> None:
    with SpeakingService(said) as service:
        seen, reply = asyncio.run(banner(service.at, Vantage(patience=2)))

    assert seen.detail == {"service": "ssh", "protocol": protocol, "software": software, "comment": comment}
    assert (seen.reason, reply) == ("service-reply", SshBanner(protocol, software, comment))
    assert service.requests == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2p1",
        b"SSH-\r\n",
        b"SSH-2.0-a\x1b[2J\r\n",
        b"SSH-2.0-" + b"a" * 300 + b"\r\n",
        b"x\n" * 60 + OPENSSH,
        b"y" * 400,
        b"220 mail ESMTP\r\n",
    ],
)
def test_what_has_no_identification_is_no_ssh(said: bytes) -> None:
    with SpeakingService(said) as service:
        seen, reply = asyncio.run(banner(service.at, Vantage(patience=SOON)))

    assert (seen.reason, reply) == ("syn-ack", None)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else_than_ssh_banner_errors(data: bytes) -> None:
    for content in (data, b"SSH-2.0-" + data + b"\n"):
        with contextlib.suppress(SshBannerError):
            decode(content)
