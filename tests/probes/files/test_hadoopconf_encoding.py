"""Are files in other encodings, and with odd first lines, read as Hadoop reads them?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from probes.files.hadoopconf import HadoopConfError, overlay, read_xml
from probes.files.hadoopconf.xml_encoding import _CODECS
from tests.support.oracles.hadoop_xml import read_by_hadoop

BODY: Final = "<configuration><property><name>x</name><value>{}</value></property></configuration>"
LETTERS: Final = {
    **dict.fromkeys(("ascii", "tis-620"), "v"),
    **dict.fromkeys(("gbk", "gb18030", "gb2312", "big5", "big5hkscs"), "中文"),
    **dict.fromkeys(("shift_jis", "cp932", "euc_jp", "iso2022_jp"), "日本"),
    **dict.fromkeys(("euc_kr", "cp949"), "한국"),
    **dict.fromkeys(("koi8-r", "koi8-u", "cp1251", "cp855", "cp866", "iso8859-5"), "мир"),
    **dict.fromkeys(("cp862", "cp1255", "iso8859-8"), "שלום"),
    **dict.fromkeys(("cp1256", "iso8859-6"), "سلام"),
    **dict.fromkeys(("cp1253", "iso8859-7"), "λόγος"),
    **dict.fromkeys(("cp1258", "cp437", "cp850", "cp852", "cp857", "cp858"), "é"),
}
"""Codec -> letters that tell it from others. "é" for the rest."""

NAMED: Final = tuple((name, codec) for codec, names in _CODECS.items() for name in names.split())


def declared(name: str, text: str = "é") -> str:
    return f'<?xml version="1.0" encoding="{name}"?>\n' + BODY.format(text)


def both_ways(text: str, codec: str) -> bytes:
    """Return the text in UTF-16 or UTF-32 with its byte order mark if the name has a "+"."""
    plain, mark, _ = codec.partition("+")
    return ("\ufeff" if mark else "").encode(plain) + text.encode(plain)


WIDE: Final = (
    "utf-16-le",
    "utf-16-be",
    "utf-16-le+",
    "utf-16-be+",
    "utf-32-le",
    "utf-32-be",
    "utf-32-le+",
    "utf-32-be+",
)

UNKNOWN: Final = ("ANSI", "utf8mb4", "none", "utf-7", "cp936", "rot13")


def bare_answer(saved: str) -> str | None:
    """Return what is read of a file without an XML declaration."""
    return None if saved in ("utf-16-le", "utf-16-be") else "é"


READ: Final[dict[str, tuple[bytes, str | None]]] = {
    **{
        f"named {name}": (declared(name.upper(), LETTERS.get(codec, "é")).encode(codec), LETTERS.get(codec, "é"))
        for name, codec in NAMED
    },
    **{f"{saved} without a name": (both_ways(BODY.format("é"), saved), bare_answer(saved)) for saved in WIDE},
    **{
        f"{saved} as {name}": (
            both_ways(declared(name), saved),
            "é" if name[4:6] == saved[4:6] and name[6:].lower() in ("", saved[7:9]) else None,
        )
        for saved in WIDE
        for name in ("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32BE", "UTF-8", "GBK", "no-such")
    },
    **{f"UTF-8 as {name}": (declared(name).encode(), None) for name in ("UTF-16", "UTF-16LE", "UTF-32", "US-ASCII")},
    **{f"{name} in UTF-8": (declared(name).encode(), "é") for name in ("UTF-8", "utf8", "UTF_8", "UT--F-8")},
    **{f"{name} in Latin": (declared(name).encode("latin-1"), "é") for name in ("ISO-8859-1", "ISO8859_1", "iso88591")},
    **{f"{name} in UTF-16": (declared(name).encode("utf-16"), "é") for name in ("utf16", "UTF_16", "UCS-2")},
    "UTF-8 as GBK": (declared("GBK").encode(), "茅"),
    "UTF-8 with a mark as ISO-8859-1": (b"\xef\xbb\xbf" + declared("ISO-8859-1").encode(), "Ã©"),
    "wrong bytes in GBK": (declared("GBK", "a~b").encode().replace(b"~", b"\xff"), "a\ufffdb"),
    "wrong bytes in UTF-8": (declared("UTF-8", "a~b").encode().replace(b"~", b"\xd6"), None),
    "wrong bytes without a name": (BODY.format("?").encode().replace(b"?", b"\xd6\xd0"), None),
    **{f"unknown {name}": (declared(name, "v").encode(), None) for name in UNKNOWN},
    "version 1.1": (b'<?xml version="1.1"?>' + BODY.format("v").encode(), "v"),
    "version 1.5": (b'<?xml version="1.5"?>' + BODY.format("v").encode(), None),
    "no version": (b'<?xml encoding="UTF-8"?>' + BODY.format("v").encode(), None),
    "standalone": (b"<?xml version='1.0' standalone = 'no' ?>" + BODY.format("v").encode(), "v"),
    "odd standalone": (b'<?xml version="1.0" standalone="maybe"?>' + BODY.format("v").encode(), None),
    "wrong order": (b'<?xml version="1.0" standalone="no" encoding="UTF-8"?>' + BODY.format("v").encode(), None),
    "an empty encoding": (b'<?xml version="1.0" encoding=""?>' + BODY.format("v").encode(), None),
    "a blank before": (b' <?xml version="1.0"?>' + BODY.format("v").encode(), None),
    "another instruction": (b"<?xml-stylesheet a?>" + BODY.format("v").encode(), "v"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "value"), READ.values(), ids=READ)
def test_a_file_is_read_in_the_encoding_that_hadoop_takes_it_for(content: bytes, value: str | None) -> None:
    if value is not None:
        assert overlay(read_xml("a.xml", content)).get("x") == value
        return
    with pytest.raises(HadoopConfError) as refused:
        read_xml("a.xml", content)
    assert refused.value.line in (1, 2)


@pytest.mark.needs("java", "hadoop-jars")
def test_the_table_of_encodings_is_what_hadoop_gives(tmp_path: Path) -> None:
    answers = read_by_hadoop(tmp_path, [content for content, _ in READ.values()])
    told = {name: answer and answer.get("x") for name, answer in zip(READ, answers, strict=True)}
    assert told == {name: value for name, (_, value) in READ.items()}


@pytest.mark.parametrize(("name", "bound"), [("x-IBM942", True), ("johab", True), ("utf8mb4", False), ("ANSI", False)])
def test_an_encoding_that_java_may_know_is_a_bound_of_ours(name: str, bound: bool) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("a.xml", declared(name, "v").encode())
    assert (refused.value.line, refused.value.found, refused.value.is_our_bound) == (1, f"the encoding {name}", bound)


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "gbk", "utf-16"])
def test_a_declaration_of_more_lines_keeps_the_numbers_of_lines(codec: str, breaks: str) -> None:
    text = f'<?xml version="1.0"\n\n encoding="{codec}"\n?>\n\n<configuration>\n<property name="x" value="1"/>'
    text += "</configuration>"
    [setting] = read_xml("a.xml", text.replace("\n", breaks).encode(codec)).settings
    assert setting.origin.line == 7
