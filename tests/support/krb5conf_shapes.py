"""Wrong lines of a krb5.conf, each in a file that has no other fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from diagnose.findings.model import Severity

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
    """True if an edit of the file repairs it."""


SHAPES: Final = {
    "duplicate stanza": Shape("KRB-DUP-STANZA", b"#REALMS", b"R = {\nkdc = h2\n}", 10),
    "duplicate stanza, same servers": Shape(
        "KRB-DUP-STANZA", b"#REALMS", b"R = {\nkdc = h1:88\n}", 10, "warning"
    ),
    "final section": Shape("KRB-CONF-SYNTAX", b"[realms]", b"[realms]*", 5),
    "final stanza": Shape("KRB-CONF-SYNTAX", b"R = {", b"R* = {", 6),
    "final value": Shape("KRB-CONF-SYNTAX", b"kdc = h1", b"kdc* = h1", 8),
    "final brace": Shape("KRB-CONF-SYNTAX", b"}", b"}*", 9),
    "comment after a brace": Shape("KRB-CONF-SYNTAX", b"}", b"} # end", 9),
    "late includedir": Shape("KRB-INCLUDEDIR", b"#LIB", b"includedir /d", 4),
    "include with a tab": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"includedir\t/d\n[libdefaults]", 1),
    "indented include": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"  includedir /d\n[libdefaults]", 1),
    "include with a blank at the end": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"includedir /d \n[libdefaults]", 1),
    "relative include": Shape("KRB-INCLUDEDIR", b"[libdefaults]", b"include x\n[libdefaults]", 1, heals=False),
    "byte order mark": Shape("KRB-CONF-SYNTAX", b"[libdefaults]", b"\xef\xbb\xbf[libdefaults]", 1),
    "not UTF-8": Shape("KRB-CONF-SYNTAX", b"#LIB", b"# \xff", 4),
    "missing brace": Shape("KRB-CONF-SYNTAX", b"}\n", b"\n", 6),
    "brace too many": Shape("KRB-CONF-SYNTAX", b"}\n", b"}\n}\n", 10),
    "one-line realm": Shape("KRB-CONF-SYNTAX", b"#REALMS", b"S = { kdc = h }", 10),
    "section in capitals": Shape("KRB-CONF-SYNTAX", b"[realms]", b"[REALMS]", 5),
    "section with blanks": Shape("KRB-CONF-SYNTAX", b"[realms]", b"[ realms ]", 5),
    "indented first section": Shape("KRB-CONF-SYNTAX", b"[libdefaults]", b"  [libdefaults]", 1),
    "value before the first section": Shape(
        "KRB-CONF-SYNTAX", b"[libdefaults]", b"x = y\n[libdefaults]", 1, "info"
    ),
    "comment after the default realm": Shape("KRB-CONF-SYNTAX", b"_realm = R", b"_realm = R # ours", 2),
    "comment after a host's realm": Shape("KRB-CONF-SYNTAX", b".b.c = R", b".b.c = R ; ours", 12),
    "blanks in the default realm": Shape("KRB-CONF-SYNTAX", b"_realm = R", b"_realm = R. 1", 2, heals=False),
    "line of 3000 bytes": Shape("KRB-CONF-SYNTAX", b"#LIB", b"x = " + b"y" * 3000, 4, heals=False),
    "escape in quotes": Shape("KRB-CONF-SYNTAX", b"#LIB", b'x = "a\\tb"', 4, "warning"),
    "single quotes": Shape("KRB-CONF-SYNTAX", b"_realm = R", b"_realm = 'R'", 2),
    "key set twice": Shape("KRB-CONF-SYNTAX", b"#LIB", b"default_realm = S", 4, "info"),
    "no default realm": Shape("KRB-NO-DEFAULT", b"default_realm = R\n", b"", 0),
    "no stanza": Shape("KRB-NO-STANZA", b"_realm = R", b"_realm = S", 2, heals=False),
    "left to DNS": Shape("DNS-SRV", b"_realm = R\ndns_lookup_kdc = false", b"_realm = S", 2, "warning", heals=False),
    "realm in another case": Shape("KRB-REALM-CASE", b"_realm = R", b"_realm = r", 2),
    "realm in small letters": Shape(
        "KRB-REALM-CASE",
        b"_realm = R\ndns_lookup_kdc = false\n#LIB\n[realms]\nR ",
        b"_realm = r\n[realms]\nr ",
        2,
        "warning",
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
    "open bracket": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = [fd00::1", 7),
    "digits": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = 127", 7),
    "Heimdal prefix": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = tcp/h2:89", 7),
    "URL prefix": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = tcp://h2", 7),
    "proxy": Shape("KDC-MSG-CFG", b"#KDC", b"kdc = https://p/KdcProxy", 7, heals=False),
    "empty": Shape("KDC-MSG-CFG", b"#KDC", b'kdc = ""', 7),
    "admin_server list": Shape("KDC-MSG-CFG", b"#KDC", b"admin_server = h1:749,h2:749", 7, "warning"),
    "localhost": Shape("KDC-LOOPBACK", b"#KDC", b"kdc = localhost:88", 7, "warning"),
    "127.0.0.1": Shape("KDC-LOOPBACK", b"#KDC", b"kdc = 127.0.0.1", 7, "warning"),
    "localhost alone": Shape("KDC-LOOPBACK", b"kdc = h1:88", b"kdc = localhost", 8, heals=False),
    "HAS port": Shape("KDC-PORT", b"#LIB", b"kdc_tcp_port = 1088", 4),
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
    "KEYRING": Shape("KRB-CCACHE-TYPE", b"#LIB", b"default_ccache_name = KEYRING:persistent:%{uid}", 4, "warning"),
    "DIR": Shape("KRB-CCACHE-TYPE", b"#LIB", b"default_ccache_name = DIR:/run/cc", 4, "warning"),
    "another file": Shape("KRB-CCACHE-TYPE", b"#LIB", b"default_ccache_name = /run/cc_%{uid}", 4, "warning"),
    "weak types alone": Shape("KRB-ETYPE-CONF", b"#LIB", b"default_tkt_enctypes = rc4-hmac des3-cbc-sha1", 4),
    "a family of types": Shape("KRB-ETYPE-CONF", b"#LIB", b"permitted_enctypes = aes", 4),
    "types after a comma and a blank": Shape(
        "KRB-ETYPE-CONF", b"#LIB", b"default_tgs_enctypes = aes256-cts, aes128-cts", 4, "warning"
    ),
    "renewal": Shape("KRB-41", b"#LIB", b"renew_lifetime = 7d", 4, "info"),
}  # fmt: skip
