"""Is a case known whose addresses `redact` replaced?"""

from __future__ import annotations

import pytest

from diagnose.case.redacted import has_other_addresses


def test_a_report_that_names_addresses_says_that_they_were_replaced() -> None:
    assert has_other_addresses(b'{"redacted": ["secrets", "addresses"]}')


@pytest.mark.parametrize("content", [b'{"redacted": ["secrets"]}', b'{"redacted": 3}', b"[]", b""])
def test_secrets_alone_or_a_report_that_cannot_be_read_say_nothing_of_the_addresses(content: bytes) -> None:
    assert not has_other_addresses(content)
