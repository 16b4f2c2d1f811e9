"""What is said of a file that is no XML: which line, what stands there, and what should?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from diagnose.data.zh import sentences
from probes.files.hadoopconf import HadoopConfError, overlay, read_xml
from probes.files.hadoopconf.reader import MAX_DEFAULT, MAX_DEFAULTS, MAX_NESTED
from probes.language import use
from tests.support.oracles.hadoop_xml import read_by_hadoop

TEXT = "&lt; for each < that is text"
AMPERSAND = ("an & that begins no entity of XML", "&amp; for each & that is text")
NO_TAG = ("a tag that is not written right", "a tag such as <name>, and each attribute in quotation marks")
OPEN_TAG = ("a < inside a tag: an > or a quotation mark is missing before it", ">")
NOT_FIRST = ("<?xml behind the beginning of the file", "<?xml as the first characters of the file, or not at all")
REST = "the rest of the file, up to the closing tag </configuration>"

MISTAKES: Final[dict[str, tuple[str | bytes, int, str, str]]] = {
    "nothing": ("", 1, "no XML element", "<configuration>"),
    "blanks": (" \n\n", 1, "no XML element", "<configuration>"),
    "no XML": ("fs.defaultFS=hdfs://n\na=b", 1, "text before the first tag", "<configuration>"),
    "a page": ("\n<html><body>\n<p></body>", 2, "the root <html>", "<configuration>"),
    "a page with its type": (
        *("<!doctype html>\n<html></html>", 1),
        *("a <! that begins neither a comment nor a DOCTYPE", "a file without it"),
    ),
    "a mistyped root": ("<configuraton>\n</configuraton>", 1, "the root <configuraton>", "<configuration>"),
    "closed by another": (
        *("<configuration>\n<property>\n<name>x</name>\n<value>1</property></configuration>", 4),
        *("</property> before <value> of line 4 is closed", "</value>"),
    ),
    "closed by a typing mistake": (
        *("<configuration>\n<property>\n<name>x</name>\n</propery></configuration>", 4),
        *("</propery> before <property> of line 2 is closed", "</property>"),
    ),
    "no slash": (
        *("<configuration>\n<property><value>1<value>\n</property></configuration>", 3),
        *("</property> before <value> of line 2 is closed", "</value>"),
    ),
    "cut in a tag": (
        *("<configuration>\n<property>\n<na", 3, "a tag without its end: an > or a quotation mark is missing", ">"),
    ),
    "cut in a name": ("<configuration>\n<name>a\n\n", 2, "the end of the file before <name> of line 2 is closed", REST),
    "an open comment": ("<configuration>\n<!-- x\n\n</configuration>", 2, "a comment without its end", "-->"),
    "an open instruction": ("<configuration>\n<?x y\n", 2, "an instruction <? without its end", "?>"),
    "an open CDATA": ("<configuration>\n<value><![CDATA[ x", 2, "the text of <![CDATA[ without its end", "]]>"),
    "a bare &": ("<configuration>\n<value>p & w</value></configuration>", 2, *AMPERSAND),
    "an & in a password": ("<configuration>\n<value>p&secret</value></configuration>", 2, *AMPERSAND),
    "an & in a password with a semicolon": ("<configuration>\n<value>p&secret;</value></configuration>", 2, *AMPERSAND),
    "an & in an attribute": ('<configuration>\n<property name="p&secret"/></configuration>', 2, *AMPERSAND),
    "an & at the end": ("<configuration>\n<value>p&secret", 2, *AMPERSAND),
    "a bare <": ("<configuration>\n<value>1 < 2</value></configuration>", 2, "a < that begins no tag", TEXT),
    "a < in a password": ("<configuration>\n<value>p<secret</value>", 2, "a < that begins no tag", TEXT),
    "a tag in a password": ("<configuration>\n<value>p<secret></value>", 2, "a < that begins no tag", TEXT),
    "a tag in a password at the end": ("<configuration>\n<value>p<secret>", 2, "a < that begins no tag", TEXT),
    "no quotation marks": ("<configuration>\n<property name=x/></configuration>", 2, *NO_TAG),
    "one quotation mark": ('<configuration>\n<property name="x/>\n<property/></configuration>', 3, *OPEN_TAG),
    "no end of a tag": ("<configuration>\n<property\n<name>", 3, *OPEN_TAG),
    "no end of a closing tag": ("<configuration><value>\n1</value\n<", 3, "a closing tag without its end", ">"),
    "an attribute twice": (
        *('<configuration>\n<property name="x" name="y"/>', 2, "the attribute name twice in one tag"),
        "each attribute once",
    ),
    "a prefix": (
        *("<configuration>\n<xi:include href='a'/></configuration>", 2),
        *("<xi:include> with a prefix that is not declared", 'xmlns:xi="http://www.w3.org/2001/XInclude"'),
    ),
    "a prefix of an attribute": (
        *("<configuration>\n<include x:href='a'/></configuration>", 2),
        *("an attribute of <include> with a prefix that is not declared", "xmlns: for the prefix"),
    ),
    "two roots": (
        *("<configuration/>\n<configuration/>", 2),
        *("<configuration> after the end of the first element", "the end of the file"),
    ),
    "text behind": ("<configuration/>\nx", 2, "text after the last closing tag", "the end of the file"),
    "one closing tag more": (
        *("<configuration>\n</configuration>\n</configuration>", 3),
        *("a closing tag with no tag to close", "one closing tag for each tag"),
    ),
    "a declaration in the second line": ('\n<?xml version="1.0"?>\n<configuration/>', 2, *NOT_FIRST),
    "two declarations": ('<?xml version="1.0"?>\n<?xml version="1.0"?>\n<configuration/>', 2, *NOT_FIRST),
    "a declaration without its end": (
        *('<?xml version="1.0">\n<configuration/>', 1),
        *("a first line <?xml …?> that is no XML declaration", '<?xml version="1.0" encoding="UTF-8"?>'),
    ),
    "an instruction in capitals": (
        *('<?XML version="1.0"?>\n<configuration/>', 1),
        *("an instruction <? that XML does not allow", "a file without it"),
    ),
    "hyphens": (
        *("<configuration>\n<!-- a -- b --></configuration>", 2),
        *("two hyphens inside a comment", "one hyphen, or the end of the comment -->"),
    ),
    "an end of CDATA": ("<configuration>\n]]></configuration>", 2, "]]> in a text", "]]&gt;"),
    "a zero byte": (
        "<configuration>\n<value>\0</value></configuration>",
        *(2, "the control character U+0000", "a file without it"),
    ),
    "zero bytes behind": ("<configuration/>\n\0\0\0", 1, "the control character U+0000", "a file without it"),
    "a number of a character": (
        *("<configuration>\n&#1;</configuration>", 2),
        *("the number of a character that XML does not allow", "a file without it"),
    ),
    "GBK that does not say so": (
        *("<configuration>\n<!-- 主机 --></configuration>".encode("gbk"), 2),
        *("bytes that are not UTF-8", "the file saved as UTF-8, or its encoding on its first line"),
    ),
    "UTF-8 that says ASCII": (
        *('<?xml version="1.0" encoding="US-ASCII"?>\n<configuration>\n<!-- 主 --></configuration>'.encode(), 3),
        *('bytes beyond ASCII with encoding="US-ASCII" on the first line', 'the same text with encoding="UTF-8"'),
    ),
    "an odd character": (
        *("<configuration>\n\ufffe</configuration>", 2, "a character that cannot stand here", "well-formed XML"),
    ),
    "an odd namespace": (
        *('<configuration>\n<a xmlns:xi=""/></configuration>', 2, "must not undeclare prefix", "well-formed XML"),
    ),
    "too deep": (
        *("<configuration>\n" * (MAX_NESTED + 1), MAX_NESTED + 1, f"tags more than {MAX_NESTED} deep"),
        "tags inside each other only as they belong",
    ),
}  # fmt: skip


def content_of(written: str | bytes) -> bytes:
    return written if isinstance(written, bytes) else written.encode()


@pytest.mark.parametrize(("written", "line", "found", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_with_its_line_and_what_should_stand_there(
    written: str | bytes, line: int, found: str, expected: str
) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("core-site.xml", content_of(written))
    error = refused.value
    assert (error.line, error.found, error.expected, error.is_our_bound) == (line, found, expected, False)
    assert "secret" not in str(error)


@pytest.mark.parametrize(("written", "line", "found", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_in_chinese(written: str | bytes, line: int, found: str, expected: str) -> None:
    use("zh", sentences())
    with pytest.raises(HadoopConfError) as refused:
        read_xml("core-site.xml", content_of(written))
    assert refused.value.line == line
    if not found.startswith(("the root", "must not")):
        assert refused.value.found != found
    assert (refused.value.expected != expected) == (" " in expected and not expected.startswith("<?xml v"))


@pytest.mark.needs("java", "hadoop-jars")
def test_hadoop_refuses_the_same_files(tmp_path: Path) -> None:
    contents = [content_of(written) for written, *_ in MISTAKES.values()]
    read = [
        name for name, answer in zip(MISTAKES, read_by_hadoop(tmp_path, contents), strict=True) if answer is not None
    ]
    assert read == ["a mistyped root"]


DEEP: Final = b"<configuration>" * MAX_NESTED + b"</configuration>" * MAX_NESTED
DEFAULT: Final = (
    b'<!DOCTYPE configuration [<!ATTLIST property final CDATA "true">]><configuration><property><name>x</name>'
    b"<value>1</value></property><property><name>x</name><value>2</value></property></configuration>"
)


def test_the_deepest_file_of_hadoop_is_read() -> None:
    assert read_xml("a.xml", DEEP).settings == ()


def test_attributes_that_a_doctype_declares_count() -> None:
    assert overlay(read_xml("a.xml", DEFAULT)).get("x") == "1"


@pytest.mark.needs("java", "hadoop-jars")
def test_hadoop_reads_the_deepest_file_and_declared_attributes(tmp_path: Path) -> None:
    assert read_by_hadoop(tmp_path, [DEEP, DEFAULT]) == [{}, {"x": "1"}]


@pytest.mark.parametrize(
    ("declared", "line"),
    [
        ("".join(f'<!ATTLIST property a{number} CDATA "">\n' for number in range(MAX_DEFAULTS + 1)), MAX_DEFAULTS + 1),
        (f'<!ATTLIST property a CDATA #IMPLIED>\n<!ATTLIST property b CDATA "{"x" * (MAX_DEFAULT + 1)}">', 2),
    ],
    ids=["many", "long"],
)
def test_declared_attributes_that_multiply_a_file_are_a_bound_of_ours(declared: str, line: int) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("a.xml", f"<!DOCTYPE configuration [{declared}]><configuration/>".encode())
    assert (refused.value.line, refused.value.is_our_bound) == (line, True)


@pytest.mark.parametrize("text", ["&e;", '<property name="x&e;" value="1"/>'])
@pytest.mark.parametrize("doctype", ['<!DOCTYPE c SYSTEM "http://127.0.0.1:9/x.dtd">', "<!DOCTYPE c [%e;]>"])
def test_an_entity_that_a_file_from_outside_might_declare_is_refused(doctype: str, text: str) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("a.xml", f"{doctype}\n<configuration>{text}</configuration>".encode())
    assert (refused.value.line, refused.value.found) == (2, AMPERSAND[0])


def test_the_line_of_a_setting_is_that_on_which_its_tag_begins() -> None:
    layer = read_xml("a.xml", b'<configuration>\r\n<property\r\n name="x"\r\n value="1"\r\n/>\r\n</configuration>')
    assert [setting.origin.line for setting in layer.settings] == [2]
