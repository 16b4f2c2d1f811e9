"""krb5.conf texts to mutate, and the pieces to mutate them with."""

from __future__ import annotations

import random
from typing import Final

SEEDS: Final = (
    b"""[libdefaults]
    kdc_realm = EMR.1.COM
    default_realm = EMR.1.COM
    udp_preference_limit = 4096
    kdc_tcp_port = 88
    dns_lookup_kdc = false
[realms]
    EMR.1.COM = {
        kdc = 10.81.49.3:88
    }
    EMR.2.COM = {
        kdc = 10.81.49.7:88
    }
[domain_realm]
    .c = EMR.1.COM
    b.c = EMR.2.COM
[capaths]
    EMR.1.COM = {
        EMR.2.COM = .
    }
""",
    b"""includedir DIR/conf.d
[libdefaults]
  default_realm = R
  allow_weak_crypto = no
  dns_canonicalize_hostname = fallback
[realms]
  R =
  {
    kdc = m-1.example:88
    kdc = https://proxy/KdcProxy
    admin_server = m-1.example:749
  }
[domain_realm]
  a.b.c = R
  c = S
""",
    b"""; comment
[realms]*
 R* = {
  kdc* = "h 1"
 kdc = [::1]:90
 }*
 S = {
  kdc = h2
 }
include DIR/one
[libdefaults]
 b = "a\\tb\\"c"
""",
    b"""[a]
 b = {
  c = {
   d = e
  }
  c = f
  c = {
   d = g
  }
 }
[b]*
 z = 1
 a = 2
 z = 3
[a]
 b = {
  c = h
""",
)


TOKENS: Final = (
    *(bytes([one]) for one in b'[]{}=*"\\#; \t\r\n\0\v\f:/.,+-0a\xff'),
    *b" = {\n|=\n|\n{\n|\n}\n|}*\n|]*\n|\n[realms]\n|\n[libdefaults]*\n| R = {\n|* = {\n".split(b"|"),
    *b"\ninclude DIR/one\n|\ninclude DIR/two\n|\ninclude DIR/a\n".split(b"|"),
    *b"\nincludedir DIR/conf.d\n|\ninclude \n|\nmodule x\n|module\t|kdc = h\n| kdc = [h]9\n".split(b"|"),
    *b"https://|HTTPS://|:88|:088 |:-1|: 7|:65536|:+5|\r\n".split(b"|"),
    *b"permitted_enctypes = aes -aes128-cts\n|default_tkt_enctypes = des\n|default_tgs_enctypes = rc4\n".split(b"|"),
    *b"default_realm = R\n|allow_weak_crypto = |yes|nil|0x10|2147483648|-2147483648".split(b"|"),
    *b"99999999999999999999999|\xef\xbb\xbf|\xc3\xa9|[::1|::1|127\n".split(b"|"),
    *b':-18446744073709551615|:18446744073709551616|\nx = "\n|y = "\\|{ # c\n|} # c\n'.split(b"|"),
    b"x" * 2040,
    b" = " + b"y" * 2100,
    b"\n",
)


NAMES: Final = ("one", "two", "conf.d/10-a", "conf.d/b.conf", "conf.d/.hidden.conf", "conf.d/c.rpmsave", "conf.d/B_")


class Memory:
    """Answers every include with the same bytes, so that every cycle and every depth occurs."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def file(self, path: str) -> tuple[str, bytes] | None:
        return None if path.startswith("no") else (path, self.content)

    def directory(self, path: str) -> list[tuple[str, bytes]] | None:
        return None if path.startswith("no") else [(f"{path}/{name}", self.content) for name in ("b.conf", "a", "c~")]


OWN_SEEDS: Final = (
    b"""include DIR/one
[libdefaults]
default_realm = R
kdc_timeout = 5s
max_retries = 2
udp_preference_limit = 1
default_tkt_enctypes = aes256-cts, rc4-hmac aes128-cts
permitted_enctypes = rc4-hmac aes128-sha2
allow_weak_crypto = true
dns_lookup_kdc = yes
[realms]
R = {
  kdc = h1:99 h2, [::1]:90
  kdc = "h3"
  kdc_timeout = 700
  max_retries = 1
  udp_preference_limit = 1000
}
S =
{ kdc = h4
}
[domain_realm]
.b.c = R
a.b.c = S
""",
    b"""[REALMS]
R = {
 kdc = ::1
 kdc = h:88x, h:0 [::1 [::1]x h:70000 https://p/KdcProxy
}
R = {
 kdc = h5
}
[realms]
Q = { kdc = h6 }
T = {
 dns = x
}
[libdefaults]
 dns_fallback = false
""",
)


OWN_TOKENS: Final = (
    *(b"\n}\n", b"}", b"{", b" = {", b"[x]\n", b"[libdefaults]\n", b"\nkdc_timeout = 3000000s\n"),
    *(b"s", b"'", b"\r", b"0"),
    *(b"\nmax_retries = 9\n", b"\nudp_preference_limit = 0\n", b"40000", b"\nkdc_timeout = {\n"),
    *(b"include\tx\n", b",", b" ,"),
    *(b"  includedir DIR/conf.d \n", b"\xc2\xa0", b"\xd9\xa3", b"\xe2\x80\xa8", b"include one\n"),
    *(b"[a=b]\n", b"= {", b"{ k = v\n"),
)  # fmt: skip


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

REAL: Final = (
    DATALAKE.replace(b"/etc/krb5.conf.d/", b"DIR/conf.d"),
    HAS,
    b"""# To opt out of the system crypto-policies configuration of krb5, remove the
# symlink at /etc/krb5.conf.d/crypto-policies which will not be recreated.
includedir DIR/conf.d

[logging]
    default = FILE:/var/log/krb5libs.log
    kdc = FILE:/var/log/krb5kdc.log
    admin_server = FILE:/var/log/kadmind.log

[libdefaults]
    dns_lookup_realm = false
    ticket_lifetime = 24h
    renew_lifetime = 7d
    forwardable = true
    rdns = false
    pkinit_anchors = FILE:/etc/pki/tls/certs/ca-bundle.crt
    spake_preauth_groups = edwards25519
    dns_canonicalize_hostname = fallback
    qualify_shortname = ""
    default_realm = EXAMPLE.COM
    default_ccache_name = KEYRING:persistent:%{uid}

[realms]
 EXAMPLE.COM = {
     kdc = kerberos.example.com
     admin_server = kerberos.example.com
 }

[domain_realm]
 .example.com = EXAMPLE.COM
 example.com = EXAMPLE.COM
""",
    b"""[libdefaults]
\tdefault_realm = CORP.EXAMPLE
\tdns_lookup_kdc = false
\tudp_preference_limit = 1
\tdefault_tkt_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
\tdefault_tgs_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
[realms]
\tCORP.EXAMPLE = {
\t\tkdc = dc1.corp.example:88
\t\tkdc = dc2.corp.example:88
\t\tmaster_kdc = dc1.corp.example
\t\tadmin_server = dc1.corp.example:749
\t\tdefault_domain = corp.example
\t\tauth_to_local = RULE:[1:$1@$0](.*@EMR\\.1\\.COM)s/@.*//
\t\tauth_to_local = DEFAULT
\t}
\tEMR.1.COM = {
\t\tkdc = 10.81.49.3:88
\t\tadmin_server = 10.81.49.3:749
\t}
[domain_realm]
\t.corp.example = CORP.EXAMPLE
\t.emr.example = EMR.1.COM
[capaths]
\tCORP.EXAMPLE = {
\t\tEMR.1.COM = .
\t}
""",
)
"""Files as distributions, EMR and domain controllers write them."""


SLIPS: Final = (
    *(b"}\n", b"{\n", b" # the KDC", b" ; old", b", ", b" ", b"\t", b"*", b":", b"'", b'"', b"\r", b"="),
    *(b"\nkdc =\n", b"\nrdns =\n", b"\nkdc = localhost\n", b"\nkdc = 10.0.0.1, 10.0.0.2:88\n", b"\nkdc = tcp/h9\n"),
    *(b"\n[realms]\n", b"\n[Realms]\n", b"\n [libdefaults]\n", b"[domain_realm\n", b"[realms] # x\n"),
    *(b"\nincludedir DIR/conf.d\n", b"\ninclude DIR/one\n", b"\n include DIR/two\n", b"include one\n"),
    *(b"\nEXAMPLE.COM = {\n kdc = h7\n}\n", b"\nEMR.1.COM = { kdc = h8 }\n", b"\nnot a setting\n", b"\nkdc: h6\n"),
    *(b"\nudp_preference_limit = 0\n", b"\nkdc_timeout = 30\n", b"\nallow_weak_crypto = maybe\n", b"\xef\xbb\xbf"),
    *(b"\ndefault_tkt_enctypes = rc4-hmac\n", b"\npermitted_enctypes = aes256-cts, aes128-cts\n", b"\n# \xe9\n"),
    *(b"\ndefault_realm = example.com\n", b"\n.Example.Com = EXAMPLE.COM\n", b"\nkdc_tcp_port = 1088\n"),
)
"""What people write by mistake into a krb5.conf."""


def mutated(dice: random.Random, content: bytes, tokens: tuple[bytes, ...]) -> bytes:
    for _ in range(dice.choice((0, 1, 1, 2, 3, 5))):
        cut = dice.randrange(len(content) + 1)
        if dice.random() < 0.5:
            cut = max(content.find(b"\n", cut), 0)
        end = min(cut + dice.choice((1, 2, 5, 40)), len(content))
        match dice.randrange(7):
            case 0:
                content = content[:cut] + content[end:]
            case 1:
                content = content[:cut] + content[cut:end] * 2 + content[end:]
            case 2:
                content = content[:cut] + bytes([dice.randrange(128)]) + content[cut + 1 :]
            case 3:
                lines = content.split(b"\n")
                one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
                lines[one], lines[other] = lines[other], lines[one]
                content = b"\n".join(lines)
            case _:
                content = content[:cut] + dice.choice(tokens) + content[cut:]
    return content
