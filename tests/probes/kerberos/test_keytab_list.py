"""Does the list of a keytab say what the keytab says, except for its keys?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.kerberos import keytab_list
from probes.kerberos.keytab import KeytabError
from probes.secret import Secret
from tests.support.keytab_files import keytab, record

KEY = b"k" * 32
NAMES = st.lists(st.text(min_size=1, max_size=12).filter(lambda text: "/" not in text), min_size=1, max_size=3)


@given(NAMES, st.integers(1, 255), st.sampled_from((18, 17, 23, -133)), st.integers(0, (1 << 32) - 1))
def test_a_list_is_read_back_without_keys(names: list[str], kvno: int, enctype: int, written: int) -> None:
    known = keytab(record("/".join(names), enctype, KEY, kvno=kvno, written=written), record("hive/h", 18, KEY))
    listed = keytab_list.encode(known)
    read = keytab_list.parse(listed, "a.keytab")
    assert KEY not in listed
    assert read.entries == tuple(replace(entry, key=Secret(b"")) for entry in known.entries)
    assert (read.version, read.has_keys, known.has_keys) == (known.version, False, True)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_without_being_quoted(content: bytes) -> None:
    for data in (content, keytab_list.HEAD + b"2\nkvno\tenctype\tname-type\twritten\tprincipal\n" + content + b"\n"):
        with pytest.raises(KeytabError):
            keytab_list.parse(data, "a.keytab")
