"""In which encoding does Hadoop read an XML file, and what is its text in UTF-8?

Woodstox, in Hadoop 2.10 and 3.3, looks at the first four bytes. Then it obeys the encoding of the
XML declaration, even if a byte order mark says something else.
"""

from __future__ import annotations

import re
from typing import Final

from probes.files.file_type import AS_UTF_8, UTF_16, wide_encoding
from probes.files.hadoopconf.errors import HadoopConfError
from probes.language import tr
from probes.regex import regex

_FIRST_BYTES: Final = (
    (b"\xff\xfe\0\0", "utf-32-le", 4),
    (b"\0\0\xfe\xff", "utf-32-be", 4),
    (b"<\0\0\0", "utf-32-le", 0),
    (b"\0\0\0<", "utf-32-be", 0),
    (b"\xff\xfe", "utf-16-le", 2),
    (b"\xfe\xff", "utf-16-be", 2),
    (b"<\0?\0", "utf-16-le", 0),
    (b"\0<\0?", "utf-16-be", 0),
    (b"\xef\xbb\xbf", "utf-8", 3),
)
"""First bytes of a file, the codec that they tell, and how many of them are a byte order mark."""

_WIDE: Final = {
    "utf16": ("utf-16-le", "utf-16-be"),
    "utf16le": ("utf-16-le",),
    "utf16be": ("utf-16-be",),
    "ucs2": ("utf-16-le", "utf-16-be"),
    "iso10646ucs2": ("utf-16-le", "utf-16-be"),
    "utf32": ("utf-32-le", "utf-32-be"),
    "utf32le": ("utf-32-le",),
    "utf32be": ("utf-32-be",),
    "ucs4": ("utf-32-le", "utf-32-be"),
    "iso10646ucs4": ("utf-32-le", "utf-32-be"),
}
"""Declared encodings of two or four bytes a letter -> codecs of a file that Hadoop takes for it.

In these names, and in UTF-8 and ISO-8859-1, hyphens and underscores do not count.
"""

_CODECS: Final = {
    "utf-8": "utf8",
    "ascii": "us-ascii us_ascii usascii ascii",
    "gbk": "gbk ms936 windows-936",
    "gb18030": "gb18030",
    "gb2312": "gb2312 gb2312-80 gb2312-1980 euc-cn euc_cn euccn",
    "big5": "big5 csbig5",
    "big5hkscs": "big5-hkscs big5_hkscs big5hkscs",
    "shift_jis": "shift_jis shift-jis shiftjis sjis",
    "cp932": "windows-31j ms932 ms_kanji cp932",
    "euc_jp": "euc-jp euc_jp eucjp",
    "iso2022_jp": "iso-2022-jp iso2022jp",
    "euc_kr": "euc-kr euc_kr euckr",
    "cp949": "ms949 windows-949 cp949",
    "koi8-r": "koi8-r koi8_r",
    "koi8-u": "koi8-u koi8_u",
    "tis-620": "tis-620 tis620",
    "latin-1": "iso88591 latin1 l1 cp819 ibm819",
    "cp1252": "windows-1252 cp1252 cp-1252 cp_1252",
    **{f"cp{number}": f"windows-{number}" for number in (1250, 1251, *range(1253, 1259))},
    **{f"cp{number}": f"cp{number} ibm{number}" for number in (437, 850, 852, 855, 857, 858, 862, 866)},
    **{
        f"iso8859-{part}": f"iso-8859-{part} iso8859-{part} iso8859_{part} iso_8859-{part}"
        for part in (*range(2, 10), 13, 15)
    },
}
"""Codec of Python -> names under which Hadoop reads the same, in lower case."""

_LOOSE: Final = frozenset({"utf8", "iso88591"})

_MAY_BE_KNOWN: Final = regex(
    r"(?i)ansi[-_]|arabic|ascii\d|asmo|big5|ccsid|cesu|cns|cp|cs|cyrillic|default\Z|ebcdic|ecma|elot|euc|extended|gb"
    r"|greek|hebrew|ibm|iso|jis|johab|koi8|ks|l\d|latin|mac|ms|pck|sjis|sun_|tis|unicode-|windows|x-|x0"
)
"""Beginning of names of which Java knows more than stand above."""

_DECLARATION: Final = regex(
    r"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[01]\1"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])(?P<encoding>[A-Za-z][\w.-]{0,60})\2)?"""
    r"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\4)?[ \t\r\n]*\?>""",
    re.ASCII,
)
_USUAL: Final = (b'<?xml version="1.0"?>', b'<?xml version="1.0" encoding="UTF-8"?>')
"""Declarations of most files. They cost no regular expression."""
_AFTER_XML: Final = frozenset(" \t\r\n?")
_HEAD: Final = 1024
"""Bytes that hold the XML declaration, in UTF-32 too."""

_OURS: Final = b'<?xml version="1.0"%s standalone="yes"?>'
"""The declaration in place of that of the file. "standalone" makes each unknown entity an error."""


def as_utf_8(file: str, content: bytes) -> bytes:
    """Return the text of an XML file in UTF-8, behind a declaration of ours. Line numbers stay.

    Bytes that are wrong in their encoding become U+FFFD, as Java does it. UTF-8 and ASCII are an
    exception: there they are an error in Hadoop too.
    """
    usual = next((usual for usual in _USUAL if content.startswith(usual)), None)
    if usual is not None:
        return _OURS % b"" + content[len(usual) :]
    saved, mark = next(((codec, mark) for first, codec, mark in _FIRST_BYTES if content.startswith(first)), ("", 0))
    if not saved and wide_encoding(content) is not None:
        raise HadoopConfError(file, 1, tr(UTF_16), tr(AS_UTF_8))
    is_wide = saved.startswith(("utf-16", "utf-32"))
    content = content[mark:]
    head = content[:_HEAD].decode(saved if is_wide else "latin-1", "replace")
    if not head.startswith("<?xml") or head[5:6] not in _AFTER_XML:
        return _OURS % b"" + _in_utf_8(content, saved or "utf-8")
    declaration = _DECLARATION.match(head)
    if declaration is None:
        found = tr("a first line <?xml …?> that is no XML declaration")
        raise HadoopConfError(file, 1, found, '<?xml version="1.0" encoding="UTF-8"?>')
    name = declaration["encoding"] or ""
    codec = _codec(file, name, saved if is_wide else "")
    written = declaration[0].encode(saved if is_wide else "latin-1")
    breaks = "".join(letter for letter in declaration[0] if letter in "\r\n").encode()
    rest = content[len(written) :]
    if codec == "ascii":
        _check_ascii(file, name, content)
    return _OURS % breaks + _in_utf_8(rest, codec)


def _codec(file: str, name: str, wide: str) -> str:
    """Return the codec for a declared encoding. `wide` is that of UTF-16 or UTF-32, or empty."""
    lowered = name.lower()
    plain = lowered.replace("-", "").replace("_", "")
    known = _WIDE.get(plain)
    if wide:
        if name and (known is None or wide not in known):
            raise _other_width(file, name, wide[:6].upper(), tr(AS_UTF_8))
        return wide
    if known is not None:
        raise _other_width(file, name, "UTF-8", tr('the same text with encoding="UTF-8"'))
    if not name:
        return "utf-8"
    spelled = plain if plain in _LOOSE else lowered
    codec = next((codec for codec, names in _CODECS.items() if spelled in names.split()), None)
    if codec is None:
        found, expected = tr("the encoding {name}", name=name), tr("an encoding that Java knows, such as UTF-8")
        raise HadoopConfError(file, 1, found, expected, is_our_bound=bool(_MAY_BE_KNOWN.match(name)))
    return codec


def _other_width(file: str, name: str, saved: str, expected: str) -> HadoopConfError:
    found = tr('text saved as {saved} with encoding="{name}" on its first line', saved=saved, name=name)
    return HadoopConfError(file, 1, found, expected)


def _in_utf_8(content: bytes, codec: str) -> bytes:
    return content if codec in ("utf-8", "ascii") else content.decode(codec, "replace").encode()


def _check_ascii(file: str, name: str, content: bytes) -> None:
    try:
        content.decode("ascii")
    except UnicodeDecodeError as error:
        found = tr('bytes beyond ASCII with encoding="{name}" on the first line', name=name)
        line = content.count(b"\n", 0, error.start) + 1
        raise HadoopConfError(file, line, found, tr('the same text with encoding="UTF-8"')) from None
