"""Each rule of the JDK's dialect: what we read, and (lab) that the installed JDK reads the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from probes.files.krb5conf import jdk
from probes.files.krb5conf.errors import Krb5ConfError
from probes.files.krb5conf.jdk_etypes import offer
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from probes.files.krb5conf.jdk_table import CAST, JdkTable
from probes.files.krb5conf.profile import TOTAL_BYTES
from tests.support.oracles.jdk import Jdk, running
from tests.support.oracles.jdk_krb5conf import HOSTS, disagreement

STANZA = b"[realms]\nR = {\n%s}\n"


def servers(content: bytes, realm: str = "R") -> list[tuple[str, int]]:
    return [(kdc.host, kdc.port) for kdc in jdk.kdcs(jdk.read("f", content), realm)]


def limits(*lines: bytes, own: bytes = b"") -> tuple[int, int, int]:
    content = b"[libdefaults]\n" + b"\n".join(lines) + b"\n[realms]\nR = {\n" + own + b"\n}\n"
    found = jdk.limits(jdk.read("f", content), "R")
    return found.timeout_ms, found.retries, found.udp_limit


KDCS: dict[bytes, list[tuple[str, int]]] = {
    b"kdc = h1\nkdc = h2:99\n": [("h1", 88), ("h2", 99)],
    b"kdc = h1 h2,h3\n": [("h1", 88), ("h2", 88), ("h3", 88)],
    b"kdc = h1 # note\n": [("h1", 88), ("#", 88), ("note", 88)],
    b"kdc = h:88x\nkdc = h:\nkdc = h:-1\nkdc = h:0\n": [("h", 88)] * 4,
    b"kdc = h:+89\n": [("h", 89)],
    b"kdc = h:65536\nkdc = g\n": [("g", 88)],
    b"kdc = [::1]:90\nkdc = [::1]\nkdc = ::1\n": [("::1", 90), ("::1", 88), ("::1", 88)],
    b"kdc = [::1\nkdc = [::1]x\n": [],
    b"kdc = tcp/h\nkdc = https://p/KdcProxy\n": [("tcp/h", 88), ("https", 88)],
    b"kdc = \"h1\"\nkdc = 'h2'\n": [("h1", 88), ("h2", 88)],
    b"kdc = :88\n": [("", 88)],
    b"kdc =\n": [],
    b"kdc* = h\n": [],
}

REFUSED: dict[bytes, tuple[int | None, str]] = {
    b"[realms]*\n": (1, "Illegal config content:[realms]*"),
    b"[]\n": (1, "Illegal config content:[]"),
    b"[a]\nb\n": (2, "Illegal config content:b"),
    b"[a]\nb = {\n} # c\n": (3, "Illegal config content:} # c"),
    b"[a]\nb = {\n}*\n": (3, "Illegal config content:}*"),
    b"[a]\nincludedir /x\n": (2, "Illegal config content:includedir /x"),
    b"[a]\nx = y\nb = {\nc = d\n": (3, "Not closed"),
    b"[a]\nb = {\n[c]\nd = e\n": (2, "Not closed"),
    b"[a]\nb = c\n}\n": (3, "Unmatched close brace"),
    b"[a]\n}\nb = c\nb = {\n": (4, CAST),
    b"[a]\nb = \xff\n": (2, jdk.LOADING_FAILED),
    b"include relative\n": (1, jdk.LOADING_FAILED),
}

READ: tuple[bytes, ...] = (
    b"\xef\xbb\xbf[libdefaults]\ndefault_realm = R\n[realms]\n",
    b"  [ LibDefaults ]\ndefault_realm = R\n",
    b"[realms]\nR =\n\n# c\n{\nkdc = h\n}\n",
    b"[realms]\nR = { kdc = h }\n",
    b'[realms]\nR = "{"\nkdc = h\n}\n',
    b"[realms]\nR = {\nkdc = a\n}\nR = {\nkdc = b\n}\n[realms]\nS = {\nkdc = c\n}\n",
    b"[realms]\nR = {\nkdc = h\n}\nR = x\n",
    b"x = y\nincludedir\t/nowhere\n[a]\rb = c\r\n",
    b"[libdefaults]\nkdc_timeout = {\n}\nmax_retries = 9\nudp_preference_limit = 1\n[realms]\nR = {\nkdc = h\n}\n",
    (
        b"[libdefaults]\ndefault_tkt_enctypes = aes256-cts, aes128-cts\n"
        b"permitted_enctypes = aes rc4-hmac CRC32\nallow_weak_crypto = TRUE\n"
    ),
    b"[domain_realm]\n.b.c = R\nB.C = S\nc = T\n",
    b"",
)


@pytest.mark.parametrize("lines", KDCS)
def test_kdc_list(lines: bytes) -> None:
    assert servers(STANZA % lines) == KDCS[lines]


@pytest.mark.parametrize("content", REFUSED)
def test_refused_files_with_the_text_and_line_of_the_jdk(content: bytes) -> None:
    with pytest.raises(jdk.JdkRejected) as caught:
        jdk.read("f", content)
    assert (caught.value.line, caught.value.message) == REFUSED[content]


def test_first_stanza_of_a_realm_wins_and_sections_merge() -> None:
    reading = jdk.read("f", READ[5])
    assert [kdc.host for kdc in jdk.kdcs(reading, "R")] == ["a"]
    assert [kdc.host for kdc in jdk.kdcs(reading, "S")] == ["c"]
    assert [str(dropped) for dropped in reading.dropped] == ["f:5 ([realms] R)"]


def test_one_line_realm_throws_when_it_is_looked_up() -> None:
    with pytest.raises(jdk.JdkShapeError) as caught:
        jdk.kdcs(jdk.read("f", READ[3]), "R")
    assert caught.value.line == 2


def test_section_names_in_any_case_with_blanks_and_indented() -> None:
    realm = jdk.default_realm(jdk.read("f", READ[1]))
    assert realm is not None
    assert (realm.value, str(realm.origin)) == ("R", "f:2 ([libdefaults] default_realm)")


def test_byte_order_mark_hides_the_first_section() -> None:
    assert jdk.default_realm(jdk.read("f", READ[0])) is None


@pytest.mark.parametrize(
    ("spelled", "milliseconds"),
    [("30", 30), ("30s", 30_000), ("30 s", 30_000), ("1m", 30_000), ("0", 30_000), ("-5", 30_000), ("x", 30_000)],
)
def test_kdc_timeout_is_milliseconds_unless_an_s_follows(spelled: str, milliseconds: int) -> None:
    assert limits(b"kdc_timeout = " + spelled.encode())[0] == milliseconds


def test_java_arithmetic_wraps_around() -> None:
    assert jdk.duration_ms("3000000s") == 3_000_000_000 - (1 << 32)
    assert limits(b"kdc_timeout = 3000000s")[0] == 30_000


def test_limits_of_libdefaults_and_of_the_realm() -> None:
    assert limits() == (30_000, 3, 1465)
    assert limits(b"udp_preference_limit = 99999")[2] == 32_700
    assert limits(b"udp_preference_limit = 0")[2] == 0
    assert limits(b"udp_preference_limit = x")[2] == 1465
    assert limits(b"max_retries = 0")[1] == 3
    assert limits(b"udp_preference_limit = 1", own=b"udp_preference_limit = 40000")[2] == 40_000
    assert limits(b"udp_preference_limit = 1", own=b"udp_preference_limit = 0")[2] == 1
    assert limits(b"kdc_timeout = 5s", own=b"kdc_timeout = 700\nmax_retries = 2")[:2] == (700, 2)


def test_section_in_the_place_of_one_key_leaves_the_next_ones_at_their_defaults() -> None:
    found = jdk.limits(jdk.read("f", READ[8]), "R")
    assert (found.retries, found.udp_limit) == (3, 1465)


def test_transport_never_starts_with_tcp_at_a_limit_of_zero() -> None:
    assert jdk.Limits(1, 1, 0).transport(60_000) == "udp"
    assert jdk.Limits(1, 1, 1).transport(200) == "tcp"
    assert jdk.Limits(1, 1, 1465).transport(1465) == "udp"


def test_encryption_types_split_at_commas_where_there_is_one() -> None:
    reading = jdk.read("f", READ[9])
    made = offer(reading, "default_tkt_enctypes")
    assert (made.types, made.unknown) == ((18,), (" aes128-cts",))
    assert offer(reading, "default_tgs_enctypes").types == (23, 1)
    assert offer(jdk.read("f", b""), "permitted_enctypes").types == JDK_17.built_in
    weak = jdk.read("f", b"[libdefaults]\nallow_weak_crypto = yes\n")
    assert offer(weak, "default_tkt_enctypes").types == (*JDK_17.built_in, *JDK_17.weak)


def test_realm_of_host_compares_keys_as_written() -> None:
    reading = jdk.read("f", READ[10])

    def realm(host: str) -> str | None:
        found = jdk.realm_of_host(reading, host)
        return None if found is None else found.value

    assert [realm(host) for host in ("a.b.c", "A.B.C.", "b.c", "x.c", "d")] == ["R", "R", "T", "T", None]


def test_switches_know_four_words() -> None:
    for word, expected in ((b"no", False), (b"FALSE", False), (b"off", True), (b"0", True), (b"yes", True)):
        assert jdk.dns_lookup_kdc(jdk.read("f", b"[libdefaults]\ndns_lookup_kdc = " + word)) is expected
    assert jdk.dns_lookup_kdc(jdk.read("f", b"[libdefaults]\ndns_fallback = no")) is False


class Files:
    def __init__(self, **files: bytes) -> None:
        self.files = {f"/{name}": content for name, content in files.items()}

    def file(self, path: str) -> tuple[str, bytes] | None:
        return (path, self.files[path]) if path in self.files else None

    def directory(self, path: str) -> list[tuple[str, bytes]] | None:
        if path == "/two":
            return [("/two/z.conf", b"[a]\nb = 1\n"), ("/two/y.conf", b"[a]\nb = 2\n")]
        return [("/d/b.conf", b"[a]\nb = 1\n"), ("/d/.x.conf", b"[a]\nb = 2\n")] if path == "/d" else None


def test_includes_count_only_before_the_first_section_and_each_file_once() -> None:
    reading = jdk.read("f", b"includedir /d/\n include /i\n[a]\nb = 3\n", Files(i=b"skipped = 1\n[a]\nb = 4\n"))
    assert [(one.value, one.origin.file) for one in reading.values("a", "b")] == [
        ("1", "/d/b.conf"),
        ("4", "/i"),
        ("3", "f"),
    ]
    assert [(skipped.file, skipped.line) for skipped in reading.ignored] == [("/i", 1)]
    with pytest.raises(jdk.JdkRejected, match="a second include"):
        jdk.read("f", b"include /i\ninclude //i/\n[a]\n", Files(i=b""))


def test_missing_include_is_said_and_the_rest_is_read() -> None:
    reading = jdk.read("f", b"includedir /e\n[a]\nb = 1\n", Files())
    assert [str(one) for one in reading.missing] == ["f:1 (includedir /e)"]
    assert reading.first("a", "b") is not None


def test_too_much_is_refused() -> None:
    with pytest.raises(Krb5ConfError):
        jdk.read("f", b"#" * (TOTAL_BYTES + 1))


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jdk]:
    with running(tmp_path_factory.mktemp("jdk"), HOSTS) as started:
        yield started


@pytest.mark.needs("java", "javac")
def test_the_jdk_says_the_same_of_every_file_above(oracle: Jdk, tmp_path: Path) -> None:
    stated = [STANZA % lines for lines in KDCS]
    for number, content in enumerate((*stated, *REFUSED, *READ)):
        path = tmp_path / f"f{number}"
        path.write_bytes(content)
        assert disagreement(oracle, path) is None, content


JDK_8 = replace(JDK_17, knows_sha2=False, built_in=(18, 17, 16, 23), weak=(1, 3), reads_includes=False, last_wins=True)


def test_java_8_takes_the_last_value_and_the_last_section() -> None:
    text = b"[libdefaults]\na = 1\na = 2\n[realms]\nR = {\nkdc = one\n}\nR = {\nkdc = two\nkdc = three\n}\n"
    reading = jdk.read("f", text, None, JDK_8)
    assert reading.first("libdefaults", "a").value == "2"  # type: ignore[union-attr]
    assert [kdc.host for kdc in jdk.kdcs(reading, "R")] == ["two", "three"]
    assert [origin.line for origin in reading.dropped] == [5]
    assert [kdc.host for kdc in jdk.kdcs(jdk.read("f", text), "R")] == ["one"]


def test_java_8_skips_include_lines_and_refuses_a_value_after_its_section() -> None:
    reading = jdk.read("f", b"include /i\n[libdefaults]\na = 1\n", Files(i=b"[libdefaults]\nb = 2\n"), JDK_8)
    assert (reading.first("libdefaults", "b"), [origin.line for origin in reading.ignored]) == (None, [1])
    with pytest.raises(jdk.JdkRejected) as refused:
        jdk.read("f", b"[realms]\nR = {\n}\nR = 1\n", None, JDK_8)
    assert (refused.value.message, refused.value.line) == ("Key Rused for both value and section", 4)


def test_java_8_knows_no_sha2_and_java_24_takes_zero_for_tcp() -> None:
    text = b"[libdefaults]\nudp_preference_limit = 0\ndefault_tkt_enctypes = aes256-sha1 rc4-hmac aes128-sha2\n"
    reading = jdk.read("f", text, None, JDK_8)
    assert offer(reading, "default_tkt_enctypes", JDK_8).types == (23,)
    assert offer(jdk.read("f", text), "default_tkt_enctypes").types == (18, 19)
    assert jdk.limits(reading).transport(9) == "udp"
    later = replace(JDK_17, zero_is_tcp=True)
    assert jdk.limits(jdk.read("f", text, None, later)).transport(9) == "tcp"


def test_java_25_counts_zero_in_a_realm_and_sorts_included_files() -> None:
    later = replace(JDK_17, zero_is_tcp=True, sorts_includes=True)
    text = b"[realms]\nR = {\nudp_preference_limit = 0\nmax_retries = 0\n}\n"
    assert jdk.limits(jdk.read("f", text), "R") == jdk.Limits(jdk.TIMEOUT_MS, jdk.RETRIES, jdk.UDP_LIMIT)
    assert jdk.limits(jdk.read("f", text, None, later), "R") == jdk.Limits(jdk.TIMEOUT_MS, 0, 1)


OTHER_POINTS = {
    "built_in": (18,),
    "weak": (3,),
    "offers_weak": False,
    "takes_permitted": False,
    "knows_sha2": False,
    "only_true": True,
    "no_types": "none",
    "zero_is_tcp": True,
    "reads_lifetimes": False,
}
"""Another answer for each point that does not change which sections and values a file has."""

MANY_SHAPES = (
    *READ,
    *(STANZA % lines for lines in KDCS),
    b"includedir /d\ninclude /i\n[libdefaults]\na = 1\na = 2\n[realms]\nR = {\nkdc = a\n}\nR = {\nkdc = b\n}\n",
)


def content_of(table: JdkTable) -> list[object]:
    """Return everything in a section, in the order of the file."""
    return [
        (name, content_of(entry) if isinstance(entry, JdkTable) else entry) for name, entry in table.entries.items()
    ]


@pytest.mark.parametrize("rules", [JDK_17, JDK_8, replace(JDK_17, sorts_includes=True)])
def test_releases_that_find_the_same_text_are_told_by_three_points(rules: JdkRules) -> None:
    assert OTHER_POINTS.keys() | {"reads_includes", "sorts_includes", "last_wins"} == {f.name for f in fields(JdkRules)}
    other = replace(rules, **OTHER_POINTS)  # type: ignore[arg-type]
    assert other.of_text == rules.of_text
    for content in MANY_SHAPES:
        assert found_by(rules, content) == found_by(other, content), content


def found_by(rules: JdkRules, content: bytes) -> object:
    """Return all that these releases find in a file, or why they refuse it."""
    try:
        reading = jdk.read("f", content, Files(i=b"[libdefaults]\nb = 2\n"), rules)
    except jdk.JdkRejected as error:
        return str(error)
    return content_of(reading._root), replace(reading, rules=JDK_17)


@pytest.mark.parametrize(
    ("point", "content"),
    [
        ("reads_includes", b"include /i\n[libdefaults]\na = 1\n"),
        ("last_wins", b"[realms]\nR = {\nkdc = a\n}\nR = {\nkdc = b\n}\n"),
        ("sorts_includes", b"includedir /two\n[realms]\n"),
    ],
)
def test_a_release_of_another_point_of_the_text_finds_another_text(point: str, content: bytes) -> None:
    other = replace(JDK_17, **{point: not getattr(JDK_17, point)})  # type: ignore[arg-type]
    assert other.of_text != JDK_17.of_text
    assert found_by(other, content) != found_by(JDK_17, content)
