"""Which faults does the comparison of Kerberos verdicts have, and which words of kinit and KDiag
count as naming each?

Words count if a reader who acts on them looks at the right thing: the transport, the clock, the
key or the setting. They count too if they stand for other causes as well; that is measured by
itself. The words were written down before the first measurement, and changed after it: most for
more generous ones, three (a realm without a stanza, the first KDC dead, lost fragments) for
narrower ones that tell more rows apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.lab.kdc import REALM
from tests.lab.kdc_faults import FAULTS, Fault

USER: Final = "hdfs"


@dataclass(frozen=True, slots=True)
class Counts:
    """Words of one peer that count as naming a fault."""

    phrase: str | None
    """Regular expression for the whole output. None if no word of the peer can name the fault."""
    why: str
    """Reason, for a reader who doubts it."""

    def names_it(self, output: str) -> bool:
        """Return True if the phrase is in the output."""
        return self.phrase is not None and re.search(self.phrase, output, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Account:
    """The principal that logs in, made for one row."""

    options: str
    """Of `addprinc`."""
    then: str
    """Query of `kadmin.local` after its keytab was written. {} is its name. Empty: none."""


@dataclass(frozen=True, slots=True)
class KerberosRow:
    """One fault, or none."""

    fault: Fault
    """What the lab makes of it, with the code that the report must put first."""
    kinit: Counts
    """Words of kinit and of its trace."""
    kdiag: Counts
    """Words of KDiag and of the trace of the JDK, which KDiag switches on."""
    principal: str = f"{USER}@{REALM}"
    """Who logs in, if the row has no account of its own."""
    account: Account | None = None
    """None: the principal that always exists."""

    @property
    def name(self) -> str:
        """Return the label of the row."""
        return self.fault.name


def _lab(name: str) -> Fault:
    return next(fault for fault in FAULTS if fault.name == name)


FALLS_BACK: Final = Counts("Initiating TCP connection", "It went on to TCP, so UDP was silent or refused.")
NO_CONTACT: Final = Counts("Cannot contact any KDC", "Nothing can be reached, and it says so.")
SILENT: Final = Counts("Receive timed out", "It waited for a datagram that did not come.")
REFUSED: Final = Counts("PortUnreachableException", "Nothing listens on that port, and it says so.")
NO_WORD: Final = Counts(None, "It succeeds over UDP and does not try TCP.")
CONTENT: Final = Counts(None, "There is no fault to name.")
CLIENT_RIGHT: Final = Counts("[Ww]rong realm", '"Client not found" sends one to a principal that is right.')

ROWS: Final = (
    KerberosRow(_lab("no fault"), CONTENT, CONTENT),
    KerberosRow(_lab("no rule for UDP"), FALLS_BACK, SILENT),
    KerberosRow(_lab("no rule for TCP"), NO_WORD, NO_WORD),
    KerberosRow(_lab("no rule for either"), NO_CONTACT, SILENT),
    KerberosRow(_lab("the host's firewall rejects UDP"), FALLS_BACK, SILENT),
    KerberosRow(_lab("no route"), NO_CONTACT, Counts("Network is unreachable", "It says that this host has no route.")),
    KerberosRow(_lab("KDC stopped"), NO_CONTACT, REFUSED),
    KerberosRow(_lab("KDC serves TCP only"), FALLS_BACK, REFUSED),
    KerberosRow(_lab("KDC on another port"), NO_CONTACT, REFUSED),
    KerberosRow(
        _lab("fragments lost"),
        Counts(
            r"answer \(\d+ bytes\) from dgram.*Initiating TCP connection",
            "A small answer came over UDP, and the large one only over TCP.",
        ),
        Counts("error code is 25.*error trying master-1-2", "The KDC answered once, and was given up then."),
    ),
    KerberosRow(_lab("KDC of another realm"), CLIENT_RIGHT, CLIENT_RIGHT),
    KerberosRow(
        _lab("KDC's clock is 10 minutes fast"),
        Counts("[Cc]lock skew", "It would name the clocks; it takes the KDC's time and succeeds."),
        Counts("[Cc]lock skew", "It names the clocks."),
    ),
    KerberosRow(
        _lab("first of two KDCs silent"),
        Counts(
            r"UDP request to dgram 192\.168\.20\.21:88.*answer \(\d+ bytes\) from dgram 192\.168\.20\.12:88",
            "The trace asks the first, and the second answers.",
        ),
        Counts("error trying core-1-1", "The trace of the JDK gives the first one up."),
    ),
    KerberosRow(
        _lab("kdc_timeout of 30 ms, slow KDC"),
        Counts(None, "It does not read this setting, and succeeds."),
        Counts("timeout=30,", "The trace of the JDK shows the 30 ms."),
    ),
    KerberosRow(
        _lab("default realm in lower case"),
        Counts(r"emr\.c-0a1b2c3d4e5f6071\.com", "It shows the realm in lower case."),
        Counts(r"emr\.c-0a1b2c3d4e5f6071\.com", "It shows the realm in lower case."),
        principal=USER,
    ),
    KerberosRow(
        _lab("realm without stanza"),
        Counts('Cannot find KDC for realm "EMR', "It names what krb5.conf lacks."),
        Counts("principal: [^ ]*EMR[^\n]*Cannot locate KDC", "It names what krb5.conf lacks."),
    ),
    KerberosRow(
        _lab("last brace missing"),
        Counts("[Ii]mproper format|[Ss]yntax", "It would name the file; it reads it all the same."),
        Counts("Not closed", "It names the brace."),
    ),
    KerberosRow(
        _lab("KDC's name does not exist"),
        Counts(r"Resolving hostname[^\n]*\nkinit: Cannot contact", "The trace ends at the name."),
        Counts("Name or service not known|UnknownHostException", "It names the name."),
    ),
    KerberosRow(
        Fault("KRB-CLIENT-UNKNOWN", "principal deleted in the KDC"),
        Counts("not found in Kerberos database", "It names the principal."),
        Counts("not found in Kerberos database", "It names the principal."),
        account=Account("+requires_preauth -randkey", "delprinc -force {}"),
    ),
    KerberosRow(
        Fault("KRB-KEYTAB-STALE", "keytab older than the key"),
        Counts("Preauthentication failed|Password incorrect", "It says that the key is wrong."),
        Counts("Pre-authentication information was invalid|Checksum failed", "It says that the key is wrong."),
        account=Account("+requires_preauth -randkey", "cpw -randkey {}"),
    ),
    KerberosRow(
        Fault("KRB-PRINC-STATE", "principal expired"),
        Counts("database (has )?expired", "It names the state."),
        Counts("database (has )?expired", "It names the state."),
        account=Account("+requires_preauth -randkey", "modprinc -expire yesterday {}"),
    ),
    KerberosRow(
        Fault("KRB-ETYPE-KEYTAB", "keytab with an RC4 key only"),
        Counts("in keytab: rc4-hmac", "It succeeds, and its trace lists the only key."),
        Counts(
            "(?i)unsupported key ?type|(encryption type|etype)[^\n]*(rc4|arcfour)",
            "The trace of the JDK names the key that it leaves out.",
        ),
        account=Account("+requires_preauth -randkey -e arcfour-hmac:normal", ""),
    ),
)
