"""Does each line on which a family errs give its code and its place, and does its repair end it?

The shapes are lines that MIT and Java read differently, or that both read wrongly.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.findings import catalogue
from diagnose.findings.kerberos.krb5_lint import MOST_FINDINGS, Views, faults_of, from_sources, lint, read
from diagnose.findings.kerberos.krb5_lint.finding import line_finding
from diagnose.findings.model import Finding
from diagnose.scene.java import ranges
from probes.files.krb5conf import KdcEntryError, jdk, mit
from probes.files.krb5conf.jdk_table import JdkShapeError
from probes.files.krb5conf.sources import Sources, sources_of
from probes.files.line_edit import edited
from tests.support.krb5conf_samples import DATALAKE, HAS, OWN_SEEDS, OWN_TOKENS, SEEDS, TOKENS, mutated
from tests.support.krb5conf_shapes import GOOD, SHAPES

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000"))


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
    assert bool(matching[0].edits) == shape.heals, matching[0].advice
    if shape.heals:
        assert codes(repaired(content, matching[0])) == [], matching[0].advice
    else:
        assert matching[0].advice[0].startswith("By hand: ")


def repaired(content: bytes, finding: Finding) -> bytes:
    """Return the file after all edits of a finding."""
    return edited(content, finding.edits)


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
    assert list(lint(from_sources(sources_of(before.profile)))) == list(lint(before))
    assert len(list(lint(before))) == 2


def test_time_is_linear_in_what_was_sent() -> None:
    """These inputs were slow once.

    - many nodes
    - many includes that are missing
    - many lines of one realm
    - many realms
    - deep braces
    - many servers without a value
    - many includes after a section
    - many stanzas of one realm
    - many lines that are not UTF-8
    """
    hostile = (
        b"[libdefaults]\n" + b"x = y\n" * 40_000,
        b"[a]\n" + b"include x\n" * 20_000,
        b"include\tx\n" * 20_000,
        b"[realms]\nR = {\n" + b"kdc = a,b\n" * 20_000 + b"}\n",
        b"[domain_realm]\n" + b"".join(b"h%d = s%d\n" % (number, number) for number in range(10_000)),
        b"[realms]\n" + b"".join(b"R%d = {\n}\n" % number for number in range(8_000)),
        b"[a]\n" + b"x = {\n" * 40_000,
        b"[realms]\nR = {\n" + b"kdc =\n" * 10_000 + b"}\n",
        b"[libdefaults]\n" + b"include /a\n" * 500,
        b"[realms]\n" + b"R = {\nkdc = a\n}\n" * 4_000,
        b"# \xe9\n" * 40_000,
    )
    for content in hostile:
        started = time.process_time()
        assert len(found(content)) <= MOST_FINDINGS
        assert time.process_time() - started < 60, content[:40]


def corpus(count: int) -> Iterator[bytes]:
    """Yield broken and nearly whole files, by number."""
    clean = (GOOD, HAS, DATALAKE.replace(b"/etc/krb5.conf.d/", b"/d"))
    seeds, tokens = (*clean, *clean, *clean, *OWN_SEEDS, *SEEDS), (*OWN_TOKENS, *TOKENS)
    for number in range(count):
        dice = random.Random(number)
        yield mutated(dice, dice.choice(seeds), tokens).replace(b"DIR", b"/d")


@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
def test_whatever_the_families_read_differently_is_a_finding() -> None:
    differing = 0
    for content in corpus(COUNT):
        seen = views(content)
        said = list(faults_of(seen))
        for fault in said:
            catalogue.entry(fault.code)
            assert line_finding(seen, fault).title.isprintable()
        how = difference(seen)
        if how is not None:
            differing += 1
            assert [one for one in said if one.weight != "info"], (how, content)
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
@settings(max_examples=200)
def test_arbitrary_bytes_never_break_the_lint(content: bytes) -> None:
    for finding in lint(views(content)):
        assert finding.evidence


@pytest.mark.parametrize(
    ("name", "concerns"),
    [
        ("limit 0", ["jdk"]),
        ("timeout without unit", ["jdk"]),
        ("switch that Java does not know", []),
        ("final section", ["jdk"]),
        ("section in capitals", ["mit"]),
        ("blank", ["mit"]),
        ("comment after kdc", ["mit", "jdk"]),
        ("weak types alone", ["mit", "jdk"]),
        ("KEYRING", ["mit"]),
    ],
)
def test_a_finding_says_whom_it_concerns(name: str, concerns: list[str]) -> None:
    finding = next(one for one in found(broken(name)) if one.code == SHAPES[name].code)
    assert (finding.params["concerns"], finding.params["is_harmless"]) == (concerns, False)
    alone = [name for name in ("MIT clients", "Java") if f"it concerns {name} alone" in finding.sentence]
    assert alone == ([{"mit": "MIT clients", "jdk": "Java"}[concerns[0]]] if len(concerns) == 1 else [])


@pytest.mark.parametrize("name", ["key set twice", "value before the first section"])
def test_a_line_that_no_client_reads_is_harmless(name: str) -> None:
    (finding,) = found(broken(name))
    assert finding.severity == "info"
    assert "Harmless here" in finding.sentence


def broken(name: str) -> bytes:
    return GOOD.replace(SHAPES[name].old, SHAPES[name].new, 1)


@pytest.mark.parametrize(
    ("release", "severities"), [(8, ["warning"]), (11, ["warning"]), (17, []), (21, []), (None, ["info"])]
)
def test_renewal_is_a_risk_only_for_the_releases_that_refuse_it(release: int | None, severities: list[str]) -> None:
    javas = None if release is None else tuple(one for one in ranges() if one.may_be(release, None))
    sources = Sources(("krb5.conf",), {"krb5.conf": broken("renewal")})
    assert [one.severity for one in lint(from_sources(sources, javas)) if one.code == "KRB-41"] == severities


MISSING_BRACE: Final = GOOD.replace(b"}\n", b"", 1)


def test_a_missing_brace_is_one_finding_that_says_what_both_families_do() -> None:
    (finding,) = found(MISSING_BRACE)

    assert (finding.code, finding.title) == ("KRB-CONF-SYNTAX", "Both families refuse the whole krb5.conf")
    assert [one.ref for one in finding.evidence] == ["krb5.conf:6", "krb5.conf:10"]
    assert "are closed (krb5.conf:10). Java" in finding.sentence
    assert "“Not closed” (krb5.conf:6)." in finding.sentence
    assert "because of another line" not in finding.sentence


def test_two_lines_that_one_family_each_refuses_stay_two_findings() -> None:
    # Given a key without a value, which libkrb5 refuses, and a final section for the JDK.
    content = GOOD.replace(b"#LIB", b"rdns =").replace(b"[domain_realm]", b"[domain_realm]*")

    assert [one.params["refused_by"] for one in found(content)] == [["mit"], ["jdk"]]
