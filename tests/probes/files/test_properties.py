"""Java properties files, with java.util.Properties as the judge."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files.properties import MAX_BYTES, PropertiesError, read_properties
from probes.origin import Origin

TABLE: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "equals": ("a=1\nb = 2\n", [(1, "a", "1"), (2, "b", "2")]),
    "colon and blanks": ("a:1\nb : 2\nc 3\nd\t\f4", [(1, "a", "1"), (2, "b", "2"), (3, "c", "3"), (4, "d", "4")]),
    "one separator only": (
        "a==1\nb:=2\nc : = 3\nd   =  : 4",
        [(1, "a", "=1"), (2, "b", "=2"), (3, "c", "= 3"), (4, "d", ": 4")],
    ),
    "comments": ("# a=1\n  ! b=2\nc=3 # not a comment\n\n  \t\nd=4", [(3, "c", "3 # not a comment"), (6, "d", "4")]),
    "a comment does not continue": ("# a \\\nb=2", [(2, "b", "2")]),
    "continued": ("a=1,\\\n   2,\\\r\n\t3\nb=4", [(1, "a", "1,2,3"), (4, "b", "4")]),
    "an even number of backslashes": ("a=1\\\\\nb=2", [(1, "a", "1\\"), (2, "b", "2")]),
    "continued by a comment mark": ("a=1\\\n#2\n", [(1, "a", "1#2")]),
    "continued by nothing": ("a=1\\\n\nb=2\\\n", [(1, "a", "1"), (3, "b", "2")]),
    "a key that is continued": ("a\\\nb=1", [(1, "ab", "1")]),
    "a lone backslash": ("\\\n# x\nb=1\n\\\n\nc=2\n\\\nd=3", [(3, "b", "1"), (6, "c", "2"), (8, "d", "3")]),
    "a backslash at the end": ("a=1\\", [(1, "a", "1")]),
    "nothing but a backslash": ("\\", [(1, "", "")]),
    "escapes": ("a\\ b\\=c=1\\t\\n2\\q\\\\\nd\\:=\\u4e2d", [(1, "a b=c", "1\t\n2q\\"), (2, "d:", "中")]),
    "a letter of two escapes": ("a=\\ud83d\\ude00", [(1, "a", "😀")]),
    "no value": ("a\nb=\nc:", [(1, "a", ""), (2, "b", ""), (3, "c", "")]),
    "no key": ("=1\n: 2", [(1, "", "1"), (2, "", "2")]),
    "twice": ("a=1\na=2", [(1, "a", "1"), (2, "a", "2")]),
    "line ends": ("a=1\rb=2\r\nc=3\n\rd=4", [(1, "a", "1"), (2, "b", "2"), (3, "c", "3"), (5, "d", "4")]),
    "blanks at the end": ("a=1  \t\nb=2\\n \n", [(1, "a", "1"), (2, "b", "2\n")]),
    "other blanks are text": ("a\u00a0=1\x0b\u2028", [(1, "a\u00a0", "1\x0b\u2028")]),
    "spark": (
        "spark.driver.extraJavaOptions   -Dx=y -Dz\nspark.yarn.historyServer.address=master-1-1:18080\n",
        [
            (1, "spark.driver.extraJavaOptions", "-Dx=y -Dz"),
            (2, "spark.yarn.historyServer.address", "master-1-1:18080"),
        ],
    ),
    "zookeeper": (
        "server.1=master-1-1:2888:3888\nclientPort=2181",
        [(1, "server.1", "master-1-1:2888:3888"), (2, "clientPort", "2181")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), TABLE.values(), ids=TABLE.keys())
def test_reads_keys_values_and_lines(text: str, expected: list[tuple[int, str, str]]) -> None:
    settings = read_properties("f", text.encode())
    assert [(setting.origin.line, setting.key, setting.value) for setting in settings] == expected
    assert all(setting.origin == Origin("f", setting.origin.line, setting.key) for setting in settings)


@pytest.mark.parametrize("text", ["a=\\u12", "a=1\n\\u12g4=1", "a=\\uu0041", "a=\\u"])
def test_an_unfinished_escape_is_an_error_of_its_line(text: str) -> None:
    with pytest.raises(PropertiesError) as refused:
        read_properties("f", text.encode())
    assert refused.value.line == text.count("\n") + 1


def test_an_escape_may_be_continued() -> None:
    assert read_properties("f", b"a=\\u00\\\n41")[0].value == "A"


def test_the_encoding_is_that_of_the_reader() -> None:
    assert read_properties("f", "a=é".encode())[0].value == "é"
    assert read_properties("f", b"a=\xe9")[0].value == "\ufffd"
    assert read_properties("f", b"a=\xe9", "iso-8859-1")[0].value == "é"
    assert read_properties("f", b"\xef\xbb\xbfa=1")[0].key == "\ufeffa"


def test_size_is_bounded() -> None:
    with pytest.raises(PropertiesError):
        read_properties("f", b"#" * (MAX_BYTES + 1))


@given(st.binary(max_size=200) | st.text("ab\\u0041=: \t\f\r\n#!", max_size=60).map(str.encode))
def test_only_its_own_error_on_any_bytes(content: bytes) -> None:
    try:
        settings = read_properties("f", content)
    except PropertiesError:
        return
    for setting in settings:
        (setting.key + setting.value).encode()  # no half of a surrogate pair
        assert setting.origin.line is not None


@given(st.lists(st.tuples(st.text("ab= :#\\中\n", min_size=1), st.text("xy= :#\\é"))))
def test_what_is_escaped_is_read_back(pairs: list[tuple[str, str]]) -> None:
    def escaped(text: str) -> str:
        return "".join(f"\\u{ord(letter):04x}" for letter in text)

    text = "\n".join(f"{escaped(key)}={escaped(value)}" for key, value in pairs)
    assert [(s.key, s.value) for s in read_properties("f", text.encode())] == [
        (key, value.strip(" ")) for key, value in pairs
    ]


ORACLE = """
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

public class Ask {
  static String hex(String text) { return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_16BE)); }
  public static void main(String[] args) throws Exception {
    for (String line : Files.readAllLines(Paths.get(args[0]))) {
      Properties properties = new Properties();
      byte[] content = HexFormat.of().parseHex(line);
      String answer;
      try {
        properties.load(new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.UTF_8));
        TreeMap<String, String> sorted = new TreeMap<>();
        properties.forEach((key, value) -> sorted.put(hex((String) key), hex((String) value)));
        answer = sorted.toString();
      } catch (IllegalArgumentException e) {
        answer = "throws";
      }
      System.out.println(answer);
    }
  }
}
"""


def ours(content: bytes) -> dict[str, str] | None:
    try:
        return {setting.key: setting.value for setting in read_properties("f", content)}
    except PropertiesError:
        return None


def theirs(answer: str) -> dict[str, str] | None:
    """Return what Java prints, with its values trimmed as Spark trims them."""
    if answer == "throws":
        return None
    pairs = [pair.split("=") for pair in answer.strip("{}").split(", ") if pair]
    said = {
        bytes.fromhex(key).decode("utf-16-be", "replace"): bytes.fromhex(value).decode("utf-16-be", "replace")
        for key, value in pairs
    }
    blanks = "".join(set(map(chr, range(33))) - set("\r\n"))
    return {key: value.strip(blanks) for key, value in said.items()}


@pytest.mark.needs("java")
def test_java_reads_the_same(tmp_path: Path) -> None:
    dice = random.Random(20)
    letters = [*"ab=: \t\f\\\\\n\r#!é", "\\u0041", "\\n", "\\ud83d", "\\ude00", "\\u00"]
    contents = [text.encode() for text, _ in TABLE.values()]
    contents += ["".join(dice.choices(letters, k=dice.randrange(1, 24))).encode() for _ in range(3000)]
    (tmp_path / "Ask.java").write_text(ORACLE)
    (tmp_path / "contents").write_text("\n".join(content.hex() for content in contents) + "\n")

    command = ["java", str(tmp_path / "Ask.java"), str(tmp_path / "contents")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
    assert len(said) == len(contents)
    for content, answer in zip(contents, said, strict=True):
        assert ours(content) == theirs(answer), content
