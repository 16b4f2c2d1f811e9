"""Does the reader read mutated XML files as the Hadoop client does?

EMR_DIAGNOSE_FUZZ sets how many (default 3000). The two differ on purpose in these points, and the
files that show them are left out:

- Hadoop takes any root, and entities.
- An include that is not there ends the reading in Hadoop, and is listed by us.
- Woodstox is loose about odd XML declarations. `test_hadoopconf_encoding` has those that matter.
- Woodstox takes overlong UTF-8.
- Java has letters of the private area for some bytes for which GBK has none.
- An encoding that only Java knows is a bound of ours.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from random import Random
from typing import Final

import pytest

from probes.files.hadoopconf import HadoopConfError, overlay, read_xml
from tests.support.oracles.hadoop_xml import read_by_hadoop

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000"))

SEEDS: Final = (
    (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="configuration.xsl"?>\n'
        b"<!-- Licensed -->\n<configuration>\n  <property>\n    <name>a.b</name>\n    <value>hdfs://n:8020</value>\n"
        b"    <final>true</final>\n    <description>1 &lt; 2</description>\n  </property>\n\n  <property>\n"
        b"    <name>c</name>\n    <value>x,y</value>\n  </property>\n</configuration>\n"
    ),
    '<?xml version="1.0"?>\r\n<!DOCTYPE configuration>\r\n<configuration>\r\n<!-- 主机 -->\r\n<property>'
    "<name>é</name><value>中文 &amp; &#x41;<![CDATA[<b>&]]></value></property>\r\n</configuration>".encode(),
    '<?xml version="1.0" encoding="GBK"?>\n<configuration><property name="x" value="中 1" final="true"/><property>'
    "<name>x</name><value>2</value></property></configuration>".encode("gbk"),
    (
        b'<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="gone"><xi:fallback><property>'
        b"<name>y</name><value>1</value></property></xi:fallback></xi:include><property><name>z</name><value/>"
        b"</property></configuration>"
    ),
)
PIECES: Final = (
    *(f"<{slash}{tag}>".encode() for tag in ("property", "name", "value", "final", "a", "b:c") for slash in ("", "/")),
    *(b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&amp;", b"&#65;", b"&x;", b"&", b"<", b">", b"'", b'"', b"<?p q?>"),
    *(b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xc2\xa0", b"\xd6\xd0", b"\xe4\xb8\xad", b"\0", b"\x1b", b"--", b"true"),
    *(b"<a b=\"c\" d='e'/>", b' xmlns:b="u"', b"<!DOCTYPE a>", b'<property name="q" value="r"/>', b"</", b"/>", b" ="),
)
DECLARATIONS: Final = {seed.partition(b"?>")[0] for seed in SEEDS if seed.startswith(b"<?xml ")}
OVERLONG: Final = re.compile(rb"[\xc0\xc1]")
TAG: Final = re.compile(rb"<[^<>]*>")


def mutated(content: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        start = random.randrange(len(content) + 1)
        end = min(len(content), start + random.randrange(1, 40))
        match random.randrange(6):
            case 0 if start < len(content):
                flipped = bytes([content[start] ^ 1 << random.randrange(8)])
                content = content[:start] + flipped + content[start + 1 :]
            case 1:
                content = content[:start]
            case 2:
                content = content[:start] + random.choice(PIECES) + content[start:]
            case 3:
                content = content[:start] + content[end:]
            case 4:
                content = content[:end] + content[start:end] + content[end:]
            case _:
                content = with_tags_swapped(content, random)
    return content


def with_tags_swapped(content: bytes, random: Random) -> bytes:
    tags = list(TAG.finditer(content))
    if len(tags) < 2:
        return content
    one, two = sorted(random.sample(range(len(tags)), 2))
    (first, first_end), (second, second_end) = tags[one].span(), tags[two].span()
    between, after = content[first_end:second], content[second_end:]
    return content[:first] + content[second:second_end] + between + content[first:first_end] + after


def read_by_us(content: bytes) -> dict[str, str] | str | None:
    """Return what the reader gives, None if it refuses, or why the two differ on purpose."""
    if content.startswith(b"<?xml") and content.partition(b"?>")[0] not in DECLARATIONS:
        return "another XML declaration"
    if OVERLONG.search(content):
        return "overlong UTF-8"
    try:
        layer = read_xml("a.xml", content)
    except HadoopConfError as error:
        return "a bound of ours" if error.is_our_bound or error.found.startswith("the root <") else None
    if layer.missing:
        return "an include that is not there"
    settings = {setting.key: setting.value for setting in overlay(layer).settings}
    return "bytes without a letter" if any("\ufffd" in key + value for key, value in settings.items()) else settings


@pytest.mark.needs("java", "hadoop-jars")
@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
def test_mutated_files_are_read_as_hadoop_reads_them(tmp_path: Path) -> None:
    random = Random(7)
    contents = [*SEEDS, *(mutated(random.choice(SEEDS), random) for _ in range(COUNT))]
    ours = [read_by_us(content) for content in contents]
    theirs = read_by_hadoop(tmp_path, contents)

    compared = [answers for answers in zip(contents, ours, theirs, strict=True) if not isinstance(answers[1], str)]
    assert len(compared) > len(contents) // 2
    assert [answers for answers in compared if answers[1] != answers[2]] == []
    refused = sum(answer is None for _, answer, _ in compared)
    assert len(contents) // 20 < refused < len(compared) - len(contents) // 20
