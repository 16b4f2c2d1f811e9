"""Does each line on which a family errs give its code and its place, and does its repair end it?

The shapes are lines that MIT and Java read differently, or that both read wrongly.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.findings import catalogue
from diagnose.findings.kerberos.krb5_lint import MOST_FINDINGS, Views, from_profile, lint, read
from diagnose.findings.model import Finding, Severity
from probes.files.krb5conf import KdcEntryError, jdk, mit
from probes.files.krb5conf.jdk_table import JdkShapeError
from tests.support.krb5conf_samples import OWN_SEEDS, OWN_TOKENS, SEEDS, TOKENS, mutated

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000"))

DATALAKE: Final = b"""includedir /etc/krb5.conf.d/
[libdefaults]
  default_realm = EMR.C-0A1B2C3D4E5F6071.COM
  dns_lookup_realm = false
  dns_lookup_kdc = false
  ticket_lifetime = 24h
  renew_lifetime = 7d
  forwardable = true
[realms]
  EMR.C-0A1B2C3D4E5F6071.COM = {
    kdc = master-1-1.c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com:88
    kdc = master-1-2.c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com:88
    admin_server = master-1-1.c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com:749
  }
[domain_realm]
  .c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com = EMR.C-0A1B2C3D4E5F6071.COM
"""

HAS: Final = b"""[libdefaults]
    kdc_realm = EMR.1.COM
    default_realm = EMR.1.COM
    kdc_tcp_port = 88
    kdc_udp_port = 88
    dns_lookup_kdc = false
[realms]
    EMR.1.COM = {
        kdc = 10.81.49.3:88
    }
"""

GOOD: Final = b"""[libdefaults]
default_realm = R
dns_lookup_kdc = false
#LIB
[realms]
R = {
#KDC
kdc = h1:88
}
#REALMS
[domain_realm]
.b.c = R
#END
"""
"""A file without a finding. A shape replaces a mark in it, or another text."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One wrong line and its finding."""

    code: str
    old: bytes
    """Text of GOOD that is replaced."""
    new: bytes
    """Text in its place."""
    line: int
    """Line that the finding points to."""
    severity: Severity = "error"
    heals: bool = True
    """True if the repair is one line to write."""


SHAPES: Final = {
    "duplicate stanza": Shape("KRB-DUP-STANZA", b"#REALMS", b"R = {\nkdc = h2\n}", 10, heals=False),
    "duplicate stanza, same servers": Shape(
        "KRB-DUP-STANZA", b"#REALMS", b"R = {\nkdc = h1:88\n}", 10, "warning", heals=False
    ),
    "final section": Shape("KRB-CONF-SYNTAX", b"[realms]", b"[realms]*", 5),
    "final stanza": Shape("KRB-CONF-SYNTAX", b"R = {", b"R* = {", 6),
    "final value": Shape("KRB-CONF-SYNTAX", b"kdc = h1", b"kdc* = h1", 8),
    "final brace": Shape("KRB-CONF-SYNTAX", b"}", b"}*", 9),
    "comment after a brace": Shape("KRB-CONF-SYNTAX", b"}", b"} # end", 9),
    "late includedir": Shape("KRB-INCLUDEDIR", b"#LIB", b"includedir /d", 4, heals=False),
    "include with a tab": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"includedir\t/d\n[libdefaults]", 1),
    "indented include": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"  includedir /d\n[libdefaults]", 1),
    "include with a blank at the end": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"includedir /d \n[libdefaults]", 1),
    "relative include": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"include x\n[libdefaults]", 1, heals=False),
    "byte order mark": Shape("KRB-CONF-SYNTAX", b"[libdefaults]", b"\xef\xbb\xbf[libdefaults]", 1, heals=False),
    "not UTF-8": Shape("KRB-CONF-SYNTAX", b"#LIB", b"# \xff", 4, heals=False),
    "missing brace": Shape("KRB-CONF-SYNTAX", b"}\n", b"\n", 6, heals=False),
    "brace too many": Shape("KRB-CONF-SYNTAX", b"}\n", b"}\n}\n", 10, heals=False),
    "one-line realm": Shape("KRB-CONF-SYNTAX", b"#REALMS", b"S = { kdc = h }", 10),
    "section in capitals": Shape("KRB-CONF-SYNTAX", b"[realms]", b"[REALMS]", 5),
    "section with blanks": Shape("KRB-CONF-SYNTAX", b"[realms]", b"[ realms ]", 5),
    "indented first section": Shape("KRB-CONF-SYNTAX", b"[libdefaults]", b"  [libdefaults]", 1),
    "value before the first section": Shape(
        "KRB-CONF-SYNTAX", b"[libdefaults]", b"x = y\n[libdefaults]", 1, "warning", heals=False
    ),
    "comment after the default realm": Shape("KRB-CONF-SYNTAX", b"_realm = R", b"_realm = R # ours", 2),
    "comment after a host's realm": Shape("KRB-CONF-SYNTAX", b".b.c = R", b".b.c = R ; ours", 12),
    "blanks in the default realm": Shape("KRB-CONF-SYNTAX", b"_realm = R", b"_realm = R. 1", 2, heals=False),
    "line of 3000 bytes": Shape("KRB-CONF-SYNTAX", b"#LIB", b"x = " + b"y" * 3000, 4, heals=False),
    "escape in quotes": Shape("KRB-CONF-SYNTAX", b"#LIB", b'x = "a\\tb"', 4, "warning", heals=False),
    "single quotes": Shape("KRB-CONF-SYNTAX", b"_realm = R", b"_realm = 'R'", 2),
    "key set twice": Shape("KRB-CONF-SYNTAX", b"#LIB", b"default_realm = S", 4, "warning", heals=False),
    "no default realm": Shape("KRB-NO-DEFAULT", b"default_realm = R\n", b"", 0, heals=False),
    "no stanza": Shape("KRB-NO-STANZA", b"_realm = R", b"_realm = S", 2, heals=False),
    "left to DNS": Shape("DNS-SRV", b"_realm = R\ndns_lookup_kdc = false", b"_realm = S", 2, "warning", heals=False),
    "realm in another case": Shape("KRB-REALM-CASE", b"_realm = R", b"_realm = r", 2),
    "realm in small letters": Shape(
        "KRB-REALM-CASE",
        b"_realm = R\ndns_lookup_kdc = false\n#LIB\n[realms]\nR ",
        b"_realm = r\n[realms]\nr ",
        2,
        "warning",
        heals=False,
    ),
    "capitals in a domain": Shape("KRB-DOMAIN-REALM", b".b.c = R", b".B.c = R", 12, "warning"),
    "comment after kdc": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2:88 # x", 7),
    "comment after kdc without port": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2 # x", 7),
    "comma": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2,h3:89", 7),
    "blank": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2 h3", 7),
    "bad port": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2:88x", 7),
    "port zero": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2:0", 7),
    "port too large": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2:70000", 7),
    "no port": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = h2:", 7),
    "bare IPv6": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = fd00::1", 7),
    "open bracket": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = [fd00::1", 7, heals=False),
    "digits": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = 127", 7, heals=False),
    "Heimdal prefix": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = tcp/h2:89", 7),
    "URL prefix": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = tcp://h2", 7),
    "proxy": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = https://p/KdcProxy", 7, heals=False),
    "empty": Shape("KDC-MSG-CFG", b"#KDC", b'kdc = ""', 7, heals=False),
    "admin_server list": Shape("KDC-MSG-CFG", b"#KDC", b"admin_server = h1:749,h2:749", 7, "warning"),
    "localhost": Shape("KDC-LOOPBACK", b"#KDC", b"kdc = localhost:88", 7, heals=False),
    "127.0.0.1": Shape("KDC-LOOPBACK", b"#KDC", b"kdc = 127.0.0.1", 7, heals=False),
    "HAS port": Shape("KDC-PORT", b"#LIB", b"kdc_tcp_port = 1088", 4, heals=False),
    "limit 0": Shape("KDC-UDP-ZERO", b"#LIB", b"udp_preference_limit = 0", 4),
    "limit 0 of the realm": Shape("KDC-UDP-ZERO", b"#KDC", b"udp_preference_limit = 0", 7),
    "limit 4096": Shape("KDC-UDP-LARGE", b"#LIB", b"udp_preference_limit = 4096", 4, "warning"),
    "limit in words": Shape("KRB-CONF-SYNTAX", b"#LIB", b"udp_preference_limit = never", 4),
    "limit below zero": Shape("KRB-CONF-SYNTAX", b"#LIB", b"udp_preference_limit = -1", 4, "warning"),
    "timeout without unit": Shape("KDC-TIMEOUT-UNIT", b"#LIB", b"kdc_timeout = 30", 4),
    "timeout of the realm": Shape("KDC-TIMEOUT-UNIT", b"#KDC", b"kdc_timeout = 5", 7),
    "timeout with another unit": Shape("KDC-TIMEOUT-UNIT", b"#LIB", b"kdc_timeout = 30 s", 4, "warning"),
    "switch that Java does not know": Shape("KRB-CONF-SYNTAX", b"= false", b"= off", 3, "warning"),
    "switch that nobody knows": Shape("KRB-CONF-SYNTAX", b"#LIB", b"allow_weak_crypto = maybe", 4),
    "KEYRING": Shape("KRB-CCACHE-TYPE", b"#LIB", b"default_ccache_name = KEYRING:persistent:%{uid}", 4),
    "DIR": Shape("KRB-CCACHE-TYPE", b"#LIB", b"default_ccache_name = DIR:/run/cc", 4),
    "another file": Shape("KRB-CCACHE-TYPE", b"#LIB", b"default_ccache_name = /run/cc_%{uid}", 4, "warning"),
    "weak types alone": Shape("KRB-ETYPE-CONF", b"#LIB", b"default_tkt_enctypes = rc4-hmac des3-cbc-sha1", 4),
    "a family of types": Shape("KRB-ETYPE-CONF", b"#LIB", b"permitted_enctypes = aes", 4),
    "types after a comma and a blank": Shape(
        "KRB-ETYPE-CONF", b"#LIB", b"default_tgs_enctypes = aes256-cts, aes128-cts", 4, "warning"
    ),
    "renewal": Shape("KRB-41", b"#LIB", b"renew_lifetime = 7d", 4, "info", heals=False),
}  # fmt: skip


class Elsewhere:
    """Files that the include lines lead to."""

    def file(self, path: str) -> tuple[str, bytes] | None:
        return (path, b"[appdefaults]\nx = y\n") if path.startswith("/") else None

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        return [("/d/one", b"[appdefaults]\nx = y\n")] if path in ("/d", "/d/") else None


def views(content: bytes, *, on_site: bool = True) -> Views:
    return read([("krb5.conf", content)], Elsewhere(), on_site=on_site)


def found(content: bytes) -> list[Finding]:
    return list(lint(views(content)))


def codes(content: bytes) -> list[str]:
    return [finding.code for finding in found(content)]


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_found_at_its_line(name: str) -> None:
    shape = SHAPES[name]
    content = GOOD.replace(shape.old, shape.new, 1)
    ref = f"krb5.conf:{shape.line}" if shape.line else "krb5.conf"
    matching = [one for one in found(content) if one.code == shape.code and one.evidence[0].ref == ref]
    assert [one.severity for one in matching] == [shape.severity]
    assert "MIT (libkrb5): " in matching[0].sentence
    assert "Java (JDK): " in matching[0].sentence
    assert matching[0].advice
    assert (matching[0].settle_by is None) == (matching[0].confidence == "proven")
    if shape.heals:
        assert codes(repaired(content, matching[0])) == [], matching[0].advice


def repaired(content: bytes, finding: Finding) -> bytes:
    """Return the file with the line of the first repair in place of the one that it names."""
    match = re.match(
        r"krb5\.conf:(\d+) -> ([^;]*?)(?: \(in the first column\)|, or (?:true|false))?(?:;|$)", finding.advice[0]
    )
    assert match is not None, finding.advice
    lines = content.split(b"\n")
    lines[int(match[1]) - 1] = match[2].replace(" | ", "\n").encode()
    return b"\n".join(lines)


def test_a_good_file_has_no_finding() -> None:
    assert codes(GOOD) == []


def test_the_file_of_a_datalake_cluster_is_only_told_about_renewal() -> None:
    said = list(lint(views(DATALAKE, on_site=False)))
    assert [(one.code, one.severity) for one in said] == [("KRB-41", "info")]


def test_the_file_of_an_old_has_cluster_is_fine_where_its_ports_are_88() -> None:
    assert codes(HAS) == []


def test_a_missing_include_is_an_error_on_its_machine_and_not_in_a_case() -> None:
    here = [one for one in lint(views(DATALAKE)) if one.severity == "error"]
    assert [(one.code, one.evidence[0].ref) for one in here] == [("KRB-INCLUDEDIR", "krb5.conf:1")]


def test_every_line_of_a_bad_list_is_told_once() -> None:
    content = GOOD.replace(b"#KDC", b"kdc = a, b\nkdc = c # x")
    assert sorted(one.evidence[0].ref for one in found(content)) == ["krb5.conf:7", "krb5.conf:8"]


def test_java_reads_the_first_file_alone() -> None:
    both = read(
        [("a", b"[libdefaults]\ndefault_realm = R\n"), ("b", b"[realms]\nR = {\nkdc = h\n}\n")], None, on_site=True
    )
    said = {one.code: one for one in lint(both)}
    assert "KRB-CONF-NOT-READ" in said
    assert "reads a alone: no KDC" in said["KRB-CONF-NOT-READ"].sentence


def test_a_fault_of_an_included_file_is_told_at_its_own_line() -> None:
    class Included(Elsewhere):
        def file(self, path: str) -> tuple[str, bytes] | None:
            return path, b"[realms]\nS = { kdc = h }\n"

    said = list(lint(read([("krb5.conf", b"include /x\n" + GOOD)], Included(), on_site=True)))
    assert [one.evidence[0].ref for one in said] == ["/x:2"]
    assert "S = { kdc = h }" in said[0].sentence


def test_a_profile_that_was_read_before_gives_the_same_findings() -> None:
    class Included(Elsewhere):
        def file(self, path: str) -> tuple[str, bytes] | None:
            return path, b"[realms]\nS = { kdc = h }\n"

    content = b"include /x\nincludedir /d/\n" + GOOD.replace(b"#KDC", b"kdc = a, b")
    before = read([("krb5.conf", content)], Included(), on_site=False)
    assert before.profile is not None
    assert list(lint(from_profile(before.profile))) == list(lint(before))
    assert len(list(lint(before))) == 2


def test_time_is_linear_in_what_was_sent() -> None:
    """These inputs were slow once.

    - many nodes
    - many includes that are missing
    - many lines of one realm
    - many realms
    - deep braces
    """
    hostile = (
        b"[libdefaults]\n" + b"x = y\n" * 40_000,
        b"[a]\n" + b"include x\n" * 20_000,
        b"include\tx\n" * 20_000,
        b"[realms]\nR = {\n" + b"kdc = a,b\n" * 20_000 + b"}\n",
        b"[domain_realm]\n" + b"".join(b"h%d = s%d\n" % (number, number) for number in range(10_000)),
        b"[realms]\n" + b"".join(b"R%d = {\n}\n" % number for number in range(8_000)),
        b"[a]\n" + b"x = {\n" * 40_000,
    )
    for content in hostile:
        started = time.process_time()
        assert len(found(content)) <= MOST_FINDINGS
        assert time.process_time() - started < 5, content[:40]


def corpus(count: int) -> Iterator[bytes]:
    """Yield broken and nearly whole files, by number."""
    clean = (GOOD, HAS, DATALAKE.replace(b"/etc/krb5.conf.d/", b"/d"))
    seeds, tokens = (*clean, *clean, *clean, *OWN_SEEDS, *SEEDS), (*OWN_TOKENS, *TOKENS)
    for number in range(count):
        dice = random.Random(number)
        yield mutated(dice, dice.choice(seeds), tokens).replace(b"DIR", b"/d")


def test_whatever_the_families_read_differently_is_a_finding() -> None:
    differing = 0
    for content in corpus(COUNT):
        seen = views(content)
        said = list(lint(seen))
        for finding in said:
            catalogue.entry(finding.code)
            assert finding.title.isprintable()
        how = difference(seen)
        if how is not None:
            differing += 1
            assert [one for one in said if one.severity != "info"], (how, content)
    assert differing > COUNT / 20


def difference(seen: Views) -> str | None:
    """Return which answers of the two families differ.

    The answers are: the whole file, the default realm, the servers of a realm, the realm of a host.
    """
    profile, reading = seen.profile, seen.reading
    if profile is None or reading is None:
        return None if profile is None and reading is None else "one refuses"
    mine, other = mit.default_realm(profile), seen.ask_jdk(jdk.default_realm, None)
    if (mine and mine.value) != (other and other.value):
        return "default realm"
    for realm in seen.realms():
        if _mit_list(seen, realm) != _jdk_list(seen, realm):
            return f"servers of {realm}"
    host = mit.realm_of_host(profile, "a.b.c")
    theirs = seen.ask_jdk(lambda asked: jdk.realm_of_host(asked, "a.b.c"), None)
    return "realm of a host" if (host and host.value) != (theirs and theirs.value) else None


def _mit_list(seen: Views, realm: str) -> object:
    assert seen.profile is not None
    try:
        return [(kdc.host, kdc.port) for kdc in mit.kdcs(seen.profile, realm)]
    except KdcEntryError:
        return "none"


def _jdk_list(seen: Views, realm: str) -> object:
    assert seen.reading is not None
    try:
        return [(kdc.host, kdc.port) for kdc in jdk.kdcs(seen.reading, realm)]
    except JdkShapeError:
        return "throws"


@given(st.lists(st.one_of(st.sampled_from((*OWN_TOKENS, GOOD)), st.binary(max_size=30)), max_size=20).map(b"".join))
@settings(max_examples=200, deadline=2000)
def test_arbitrary_bytes_never_break_the_lint(content: bytes) -> None:
    for finding in lint(views(content)):
        assert finding.evidence
