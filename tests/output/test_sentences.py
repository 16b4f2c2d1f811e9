"""How do sentences begin?"""

from __future__ import annotations

import pytest

from diagnose.output.sentences import capital


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("getent hosts etl-ha on a host of the resource group", "getent"),
        ("time getent hosts etl-ha on a host", "time"),
        ("klist -kte KEYTAB: the encryption types of its keys", "klist"),
        ("id USER, on each NodeManager", "id"),
        ("krb5.conf of a node", "krb5.conf"),
        ("the file of a node", "The"),
        ("identical files on each node", "Identical"),
    ],
)
def test_a_command_stays_as_it_is_typed_where_a_sentence_gets_a_capital(text: str, begins: str) -> None:
    assert capital(text).split()[0] == begins
