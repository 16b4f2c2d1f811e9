"""Hadoop configuration files: the answers of Hadoop itself, hostile input, and the laws of
`overlay`.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files.hadoopconf import DEPRECATED, EMPTY, HadoopConfError, Setting, XmlLayer, current, overlay, read_xml
from probes.files.hadoopconf.reader import MAX_BYTES, MAX_INCLUDED_FILES
from probes.origin import Origin
from tests.support.needs import classpath

XI = 'xmlns:xi="http://www.w3.org/2001/XInclude"'


def prop(name: str, value: str, final: str | None = None) -> str:
    lock = "" if final is None else f"<final>{final}</final>"
    return f"<property><name>{name}</name><value>{value}</value>{lock}</property>"


def conf(*inside: str) -> str:
    return f"<configuration {XI}>{''.join(inside)}</configuration>"


@dataclass(frozen=True)
class Case:
    """Files, and what Hadoop reads from them."""

    layers: tuple[str, ...]
    """Files in the order in which they are loaded."""
    gives: dict[str, str | None]
    """What `get` returns for each key."""
    files: dict[str, str] = field(default_factory=dict)
    """Files that an include may name."""
    throws: dict[str, str] = field(default_factory=dict)
    """Keys for which Hadoop throws. Our reader returns the raw text."""


CHAIN = "".join(prop(f"v{n}", f"${{v{n + 1}}}") for n in range(24)) + prop("v24", "end")
REFERENCES = {
    "a": ("${b}/x", "B/x"),
    "b": ("B", "B"),
    "itself": ("${itself}", "${itself}"),
    "through": ("${a}-${itself}", "${a}-${itself}"),
    "nobody": ("x${nope}${b}", "x${nope}${b}"),
    "dollars": ("$${b}", "$B"),
    "nested": ("${${key}}", "B"),
    "key": ("b", "b"),
    "twice": ("${b}${b}", "BB"),
    "blank": ("${ b }", "${ b }"),
    "nothing": ("${}", "${}"),
    "open": ("${b", "${b"),
    "backslash": ("\\${b}", "\\B"),
    "broken": ("${b$}${b}", "${b$}B"),
    "inner": ("${nope.${b}}", "${nope.B}"),
    "first": ("${key${nope}}${b}", "${key${nope}}${b}"),
    "brace": ("{b}$b", "{b}$b"),
    "env": ("${env.EMR_UNSET}", "${env.EMR_UNSET}"),
    "colon": ("${env.EMR_UNSET:-d}", "d"),
    "dash": ("${env.EMR_UNSET-a:-b}", "a:-b"),
    "empty": ("${env.EMR_UNSET:-}", ""),
    "deep": ("${env.EMR_UNSET:-${b}}", "B"),
    "old": ("${fs.default.name}", "hdfs://n"),
    "fs.defaultFS": ("hdfs://n", "hdfs://n"),
}
GONE = f"{prop('x', '1')}<xi:include href='gone.xml'>"

CASES: dict[str, Case] = {
    "names are trimmed, values are not": Case((conf(prop(" x\n ", " v \n")),), {"x": " v \n"}),
    "an empty value sets nothing": Case(
        (conf(prop("x", "1")), conf("<property><name>x</name><value/></property>")), {"x": "1", "y": None}
    ),
    "an empty value attribute does": Case((conf(prop("x", "1")), conf('<property name="x" value=""/>')), {"x": ""}),
    "final wins in its file and after": Case(
        (conf(prop("x", "1", "true"), prop("x", "2")), conf(prop("x", "3"))), {"x": "1"}
    ),
    "final is spelled exactly": Case(
        (conf(prop("x", "1", "TRUE"), prop("y", "1", " true ")), conf(prop("x", "2"), prop("y", "2"))),
        {"x": "2", "y": "2"},
    ),
    "final of a later layer": Case(
        (conf(prop("x", "1")), conf(prop("x", "2", "true")), conf(prop("x", "3"))), {"x": "2"}
    ),
    "final without a value": Case(
        (conf("<property><name>x</name><final>true</final></property>", prop("x", "2")), conf(prop("x", "3"))),
        {"x": None},
    ),
    "a lock under the old name": Case(
        (
            conf("<property><name>fs.default.name</name><final>true</final></property>", prop("fs.defaultFS", "1")),
            conf(prop("fs.defaultFS", "2")),
        ),
        {"fs.defaultFS": None},
    ),
    "attributes": Case(
        (
            conf('<property name="x" value=" 1 " final="true"/>', '<property name=" y " value="2"/>'),
            conf(prop("x", "9")),
        ),
        {"x": " 1 ", "y": None},
    ),
    "an element after an attribute": Case(
        (conf('<property name="z" value="1"><value>2</value></property>'),), {"z": "2"}
    ),
    "comments, CDATA, instructions": Case(
        (conf(prop("x", "a<!-- c -->b<?pi d?>c"), prop("y", "a<![CDATA[<b>&]]>c"), prop("z", "&#32;&lt;&amp;&#x41;")),),
        {"x": "abc", "y": "a<b>&c", "z": " <&A"},
    ),
    "configurations nest": Case((conf(prop("x", "1"), conf(prop("y", "2"))),), {"x": "1", "y": "2"}),
    "foreign elements": Case(
        (
            conf(
                f"<foo>{prop('x', '1')}</foo>",
                "<property><name>y</name><foo>3</foo><value>a<b>c</b>d</value></property>",
            ),
        ),
        {"x": "1", "y": "acd"},
    ),
    "a property in a property": Case(
        (
            conf(
                "<property><name>x</name><property><name>y</name><value>2</value></property><value>1</value></property>"
            ),
        ),
        {"x": None, "y": "1"},
    ),
    "the last name and value count": Case(
        (conf("<property><name>x</name><name>y</name><value>1</value><value>2</value><value/></property>"),),
        {"x": None, "y": "2"},
    ),
    "no name": Case((conf("<property><value>1</value></property>", prop("x", "1")),), {"x": "1"}),
    "namespaces": Case(
        ('<configuration xmlns="urn:x" xmlns:q="urn:q"><q:property q:name="x" value="1"/></configuration>',), {"x": "1"}
    ),
    "case matters": Case((conf("<Property><name>x</name><value>1</value></Property>"),), {"x": None}),
    "included": Case(
        (conf(prop("x", "1"), '<xi:include href="inc.xml"/>', prop("y", "1")),),
        {"x": "2", "y": "1"},
        {"inc.xml": conf(prop("x", "2"), prop("y", "2"))},
    ),
    "included without namespace, a bare property": Case(
        (conf('<include href="inc.xml"/>'),), {"x": "2"}, {"inc.xml": prop("x", "2")}
    ),
    "a final that is included": Case(
        (conf('<xi:include href="inc.xml"/>', prop("x", "1")),), {"x": "2"}, {"inc.xml": conf(prop("x", "2", "true"))}
    ),
    "a fallback that is needed": Case(
        (conf(GONE, f"<xi:fallback>{prop('y', '2')}</xi:fallback></xi:include>", prop("z", "3")),),
        {"x": "1", "y": "2", "z": "3"},
    ),
    "a fallback that includes": Case(
        (conf(GONE, '<xi:fallback><xi:include href="inc.xml"/></xi:fallback></xi:include>'),),
        {"x": "3"},
        {"inc.xml": conf(prop("x", "3"))},
    ),
    "a fallback that is not needed": Case(
        (conf(f"<xi:include href='inc.xml'><xi:fallback>{prop('y', '2')}</xi:fallback></xi:include>", prop("z", "3")),),
        {"x": "1", "y": None, "z": "3"},
        {"inc.xml": conf(prop("x", "1"))},
    ),
    "an empty fallback": Case((conf(GONE, "<xi:fallback/></xi:include>"),), {"x": "1"}),
    "an include of nothing": Case((conf(prop("x", "1"), "<xi:include/>"),), {"x": "1"}),
    "old name, then new": Case(
        (conf(prop("fs.default.name", "hdfs://a")), conf(prop("fs.defaultFS", "hdfs://b"))),
        {"fs.default.name": "hdfs://b", "fs.defaultFS": "hdfs://b"},
    ),
    "new name, then old": Case(
        (conf(prop("fs.defaultFS", "hdfs://a")), conf(prop("fs.default.name", "hdfs://b"))),
        {"fs.default.name": "hdfs://b", "fs.defaultFS": "hdfs://b"},
    ),
    "old name, final": Case(
        (conf(prop("fs.default.name", "hdfs://a", "true")), conf(prop("fs.defaultFS", "hdfs://b"))),
        {"fs.defaultFS": "hdfs://a"},
    ),
    "references": Case(
        (conf(*(prop(key, raw) for key, (raw, _) in REFERENCES.items())),),
        {key: text for key, (_, text) in REFERENCES.items()},
    ),
    "depth": Case((conf(CHAIN),), {"v5": "end", "v18": "end"}, throws={"v4": "${v5}", "v0": "${v1}"}),
    "breadth": Case(
        (conf(prop("b", "B"), prop("x", "${b}" * 19), prop("y", "${b}" * 20)),),
        {"x": "B" * 19},
        throws={"y": "${b}" * 20},
    ),
    "circles": Case(
        (conf(prop("a", "1${b}"), prop("b", "2${a}"), prop("x", "${a}${y}"), prop("y", "Y")),),
        {"y": "Y"},
        throws={"a": "1${b}", "x": "${a}${y}"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_gives_what_hadoop_gives(case: Case) -> None:
    def include(href: str) -> tuple[str, bytes] | None:
        return (href, case.files[href].encode()) if href in case.files else None

    layers = [read_xml("site.xml", text.encode(), include) for text in case.layers]
    configuration = overlay(*layers)
    for key, expected in (case.gives | case.throws).items():
        assert configuration.get(key) == expected, key
        assert (key in configuration) == (expected is not None)


ORACLE = """
import java.nio.file.*;
import java.util.*;
import org.apache.hadoop.conf.Configuration;

public class Ask {
  public static void main(String[] args) throws Exception {
    new org.apache.hadoop.hdfs.HdfsConfiguration();
    new org.apache.hadoop.mapred.JobConf();
    new org.apache.hadoop.yarn.conf.YarnConfiguration();
    for (String name : new TreeSet<>(Arrays.asList(Paths.get(args[0]).toFile().list()))) {
      Path dir = Paths.get(args[0], name);
      Configuration conf = new Configuration(false);
      for (int layer = 0; Files.exists(dir.resolve(layer + ".xml")); layer++)
        conf.addResource(new org.apache.hadoop.fs.Path(dir.resolve(layer + ".xml").toUri()));
      for (String key : Files.readAllLines(dir.resolve("keys"))) {
        String answer;
        try {
          String value = conf.get(key);
          answer = value == null ? "null" : "=" + HexFormat.of().formatHex(value.getBytes("UTF-8"));
        } catch (IllegalStateException e) {
          answer = "throws";
        }
        System.out.println(answer);
      }
    }
  }
}
"""


@pytest.mark.needs("java", "hadoop-jars")
def test_the_table_is_what_hadoop_gives(tmp_path: Path) -> None:
    (tmp_path / "Ask.java").write_text(ORACLE)
    expected: list[str] = []
    for number, case in enumerate(CASES.values()):
        place = tmp_path / "cases" / f"{number:03}"
        place.mkdir(parents=True)
        for layer, text in enumerate(case.layers):
            (place / f"{layer}.xml").write_text(text)
        for name, text in case.files.items():
            (place / name).write_text(text)
        (place / "keys").write_text("\n".join([*case.gives, *case.throws]) + "\n")
        expected += ["null" if text is None else "=" + text.encode().hex() for text in case.gives.values()]
        expected += ["throws" for _ in case.throws]
    old = tmp_path / "cases" / "999"
    old.mkdir()
    (old / "0.xml").write_text(conf(*(prop(key, "moved") for key in DEPRECATED)))
    (old / "keys").write_text("\n".join(DEPRECATED.values()) + "\n")
    expected += ["=" + b"moved".hex() for _ in DEPRECATED]

    command = ["java", "-cp", classpath("hadoop"), str(tmp_path / "Ask.java"), str(tmp_path / "cases")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert said.stdout.splitlines() == expected


def test_every_setting_knows_its_line() -> None:
    text = conf(
        "\n<property>\n<name>fs.default.name</name>\n<value>hdfs://n</value>\n</property>",
        "\n<property name='a' value='1'/>\n<xi:include href='more/inc.xml'/>",
        "\n<property>\n<name>lost</name></property>",
    )

    files = {
        "conf/more/inc.xml": b"<configuration>\n<include href='../end.xml'/></configuration>",
        "conf/end.xml": b"\n\n<configuration><property name='e' value='2'/></configuration>",
    }
    layer = read_xml("conf/core-site.xml", text.encode(), lambda href: (href, files[href]))
    assert [setting.origin for setting in layer.settings] == [
        Origin("conf/core-site.xml", 4, "fs.default.name"),
        Origin("conf/core-site.xml", 6, "a"),
        Origin("conf/end.xml", 3, "e"),
    ]
    assert [setting.origin for setting in layer.valueless] == [Origin("conf/core-site.xml", 8, "lost")]
    holding = overlay(layer).setting("fs.default.name")
    assert holding == Setting("fs.defaultFS", "hdfs://n", Origin("conf/core-site.xml", 4, "fs.default.name"))


def test_a_line_behind_65535_others_is_known() -> None:
    text = b"\n" * 70_000 + b"<configuration><property name='x' value='1'/></configuration>"
    [setting] = read_xml("a.xml", text).settings
    assert setting.origin == Origin("a.xml", 70_001, "x")


@pytest.mark.parametrize(
    ("href", "asked"),
    [
        ("x.xml", "conf/x.xml"),
        ("../x.xml", "x.xml"),
        ("../../etc/x", "../etc/x"),
        ("/etc/x", "/etc/x"),
        ("http://h/x", "http://h/x"),
    ],
)
def test_an_include_that_nobody_has_is_recorded(href: str, asked: str) -> None:
    hrefs: list[str] = []
    text = conf(f"\n<xi:include href='{href}'/>\n", prop("x", "1")).encode()
    layer = read_xml("conf/a.xml", text, hrefs.append)
    assert hrefs == [asked]
    assert layer.missing == (Origin("conf/a.xml", 2, href),)
    assert [setting.key for setting in layer.settings] == ["x"]
    assert read_xml("conf/a.xml", text).missing == layer.missing


def laughs(depth: int, document: str) -> bytes:
    """Entities of which each stands for ten of the one before."""
    ladder = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth + 1))
    return f'<!DOCTYPE configuration [\n<!ENTITY l0 "ha">{ladder}]>{document}'.encode()


HOSTILE: dict[str, tuple[bytes, int | None]] = {
    "empty": (b"", 1),
    "text": (b"fs.defaultFS=hdfs://n", 1),
    "cut off": (b"<configuration>\n<property>", 2),
    "HTML": (b"<html><body/></html>", 1),
    "a bare property": (prop("x", "1").encode(), 1),
    "laughs": (laughs(6, conf(prop("x", "&l6;"))), ANY),
    "many laughs": (laughs(30, conf(prop("x", "&l30;"))), ANY),
    "laughs in an attribute": (laughs(9, '<configuration a="&l9;"/>'), ANY),
    "an outside entity": (
        f'<!DOCTYPE c [<!ENTITY e SYSTEM "file:///etc/hostname">]>{conf(prop("x", "&e;"))}'.encode(),
        1,
    ),
    "a parameter entity": (f'<!DOCTYPE c [<!ENTITY % e SYSTEM "file:///etc/hostname"> %e;]>{conf()}'.encode(), 1),
    "an entity of an outside DTD": (
        f'<!DOCTYPE c SYSTEM "http://127.0.0.1:9/x.dtd">\n{conf(prop("x", "&e;"))}'.encode(),
        2,
    ),
    "deep": (b"<configuration>" * 100_000, 1),
    "large": (b" " * (MAX_BYTES + 1), None),
    "an unknown encoding": (b'<?xml version="1.0" encoding="no-such"?><configuration/>', 1),
}


@pytest.mark.parametrize(("content", "line"), HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses_what_is_no_configuration(content: bytes, line: int | None) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("core-site.xml", content, lambda href: None)
    assert refused.value.file == "core-site.xml"
    assert refused.value.line == line
    assert refused.value.found
    assert refused.value.expected


@pytest.mark.parametrize(
    ("content", "line", "found", "expected"),
    [
        (
            "<configuration>\n<property><name>a</name><value>1</value></property>\n",
            2,
            "the end of the file before <configuration> of line 1 is closed",
            "the closing tag </configuration> at the end",
        ),
        (
            "<configuration>\n<property><name>a</name>\n<value>1\n\n\n",
            3,
            "the end of the file before <value> of line 3 is closed",
            "the rest of the file, up to the closing tag </configuration>",
        ),
    ],
    ids=["without its last line", "cut in a value"],
)
def test_a_file_without_its_end_is_said_in_plain_words_at_a_line_that_exists(
    content: str, line: int, found: str, expected: str
) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("core-site.xml", content.encode())
    assert (refused.value.line, refused.value.found, refused.value.expected) == (line, found, expected)


@pytest.mark.parametrize(
    "content", ["", "<configuration>\n<a\n", "<configuration>\n<!-- x\n", "<configuration/>\n<b/>\n"]
)
def test_the_line_of_a_mistake_is_a_line_of_the_file(content: str) -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("core-site.xml", content.encode())
    assert refused.value.line in range(1, max(1, len(content.splitlines())) + 1)


def test_the_files_of_a_windows_editor_are_read() -> None:
    text = f'<?xml version="1.0" encoding="UTF-16"?>\r\n<!DOCTYPE configuration>\r\n{conf(prop("x", "中"))}'
    assert overlay(read_xml("a.xml", text.encode("utf-16"))).get("x") == "中"
    assert overlay(read_xml("a.xml", b"\xef\xbb\xbf" + conf(prop("x", "中")).encode())).get("x") == "中"


@pytest.mark.parametrize("times", [1, 2])
def test_includes_without_end_are_an_error_of_the_file_that_goes_too_far(times: int) -> None:
    asked: list[str] = []
    itself = conf('<xi:include href="a.xml"/>' * times).encode()

    def include(href: str) -> tuple[str, bytes] | None:
        asked.append(href)
        return "a.xml", itself

    with pytest.raises(HadoopConfError, match="beyond"):
        read_xml("a.xml", itself, include)
    assert len(asked) <= MAX_INCLUDED_FILES + 1


def test_a_broken_include_is_an_error_of_that_file() -> None:
    with pytest.raises(HadoopConfError) as refused:
        read_xml("a.xml", conf('<xi:include href="b.xml"/>').encode(), lambda href: (href, b"\nno XML"))
    assert (refused.value.file, refused.value.line) == ("b.xml", 2)


TAGS = ["configuration", "property", "name", "value", "final", "fallback"]
PIECES = st.sampled_from(
    [f"<{tag}>" for tag in TAGS]
    + [f"</{tag}>" for tag in TAGS]
    + ["true", "x", "y", "${x}", "\n", "<![CDATA[", "]]>", "&lt;", "&e;", "<!--", "-->"]
    + [
        "<include href='a'/>",
        "<include href='b'>",
        "</include>",
        "<xi:include/>",
        "<property name='y' value='' final='true'/>",
    ]
).map(str.encode)
SOUP = st.lists(PIECES | st.binary(max_size=3), max_size=30).map(b"".join)


@given(SOUP, st.booleans())
def test_only_its_own_error_on_any_bytes(content: bytes, wrapped: bool) -> None:
    text = b"<configuration>" + content + b"</configuration>" if wrapped else content
    try:
        layer = read_xml("a.xml", text, lambda href: (href, content) if href == "b" else None)
    except HadoopConfError:
        return
    configuration = overlay(layer)
    assert all(
        configuration.get(setting.key) is not None
        for setting in configuration.settings
        if setting.key == setting.key.strip()
    )


SETTINGS = st.builds(
    Setting,
    key=st.sampled_from(["a", "b", "fs.default.name", "fs.defaultFS"]),
    value=st.sampled_from(["", "1", "2", "${a}", "${b}${b}"]),
    origin=st.builds(Origin, st.just("f"), st.integers(1, 9)),
    final=st.booleans(),
)
LAYERS = st.lists(st.lists(SETTINGS, max_size=5), max_size=4)


@given(LAYERS)
def test_the_first_final_else_the_last_wins(layers: list[list[Setting]]) -> None:
    configuration = overlay(*layers)
    flat = [setting for layer in layers for setting in layer]
    for key in {current(setting.key) for setting in flat}:
        same = [setting for setting in flat if current(setting.key) == key]
        wins = next((setting for setting in same if setting.final), same[-1])
        held = configuration.setting(key)
        assert held is not None
        assert (held.value, held.origin, held.final) == (wins.value, wins.origin, wins.final)
        assert held.key == key


@given(LAYERS)
def test_how_settings_are_cut_into_layers_does_not_matter(layers: list[list[Setting]]) -> None:
    assert overlay(*layers) == overlay([setting for layer in layers for setting in layer])


@given(LAYERS)
def test_overlaying_what_holds_changes_nothing(layers: list[list[Setting]]) -> None:
    once = overlay(*layers)
    assert overlay(once.settings) == overlay(once.settings, once.settings)
    assert overlay(once.settings).settings == once.settings


def test_what_a_final_keeps_out_is_told() -> None:
    early, same, late = (
        Setting("x", value, Origin("f", line), final=line == 1) for line, value in enumerate(["1", "1", "2"], 1)
    )
    assert overlay([early], [same, late]).refused == (late,)


def test_growth_is_bounded() -> None:
    doubling = [Setting(f"v{n}", f"${{v{n + 1}}}" * 2, Origin("f")) for n in range(30)]
    wide = [Setting("w", "${x}" * 10, Origin("f")), Setting("x", "y" * 500_000, Origin("f"))]
    configuration = overlay(doubling, wide)
    assert configuration.get("v0") == "${v1}${v1}"
    assert configuration.get("w") == "${x}" * 10


def given_values(**values: str) -> XmlLayer:
    return XmlLayer(
        tuple(Setting(key, value, Origin("f", line, key)) for line, (key, value) in enumerate(values.items(), 1))
    )


def test_matching_gives_the_current_keys_under_a_prefix() -> None:
    configuration = overlay(
        given_values(**{"dfs.http.address": "n:50070", "dfs.namenode.rpc-address.ns.nn1": "n:8020", "yarn.x": "1"})
    )
    assert [setting.key for setting in configuration.matching("dfs.namenode.")] == [
        "dfs.namenode.http-address",
        "dfs.namenode.rpc-address.ns.nn1",
    ]
    assert " dfs.http.address " in configuration
    assert 7 not in configuration


def test_the_empty_configuration_knows_nothing() -> None:
    assert overlay() == EMPTY
    assert list(EMPTY.keys()) == []
    assert EMPTY.get("fs.defaultFS") is None
    assert EMPTY.setting("fs.defaultFS") is None


def test_no_old_spelling_leads_to_another() -> None:
    assert not set(DEPRECATED) & set(DEPRECATED.values())
