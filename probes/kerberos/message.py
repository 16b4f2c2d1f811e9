"""What does this answer of a KDC say?

KRB-ERROR (RFC 4120 5.9.1) is read whole, its e-data as far as METHOD-DATA and ETYPE-INFO2 (5.2.7); an AS-REP (5.4.2) is only recognised, nothing in it is for us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from probes.errors import ProbesError
from probes.kerberos import der
from probes.kerberos.der import DerError, Element

AS_REQ, AS_REP, KRB_ERROR = 10, 11, 30
_PA_ETYPE_INFO2 = 19
_INT32 = (-(1 << 31), (1 << 31) - 1)

ERROR_NAMES: Mapping[int, str] = {
    0: "KDC_ERR_NONE",
    1: "KDC_ERR_NAME_EXP",
    2: "KDC_ERR_SERVICE_EXP",
    3: "KDC_ERR_BAD_PVNO",
    4: "KDC_ERR_C_OLD_MAST_KVNO",
    5: "KDC_ERR_S_OLD_MAST_KVNO",
    6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
    7: "KDC_ERR_S_PRINCIPAL_UNKNOWN",
    8: "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
    9: "KDC_ERR_NULL_KEY",
    10: "KDC_ERR_CANNOT_POSTDATE",
    11: "KDC_ERR_NEVER_VALID",
    12: "KDC_ERR_POLICY",
    13: "KDC_ERR_BADOPTION",
    14: "KDC_ERR_ETYPE_NOSUPP",
    15: "KDC_ERR_SUMTYPE_NOSUPP",
    16: "KDC_ERR_PADATA_TYPE_NOSUPP",
    17: "KDC_ERR_TRTYPE_NOSUPP",
    18: "KDC_ERR_CLIENT_REVOKED",
    19: "KDC_ERR_SERVICE_REVOKED",
    20: "KDC_ERR_TGT_REVOKED",
    21: "KDC_ERR_CLIENT_NOTYET",
    22: "KDC_ERR_SERVICE_NOTYET",
    23: "KDC_ERR_KEY_EXPIRED",
    24: "KDC_ERR_PREAUTH_FAILED",
    25: "KDC_ERR_PREAUTH_REQUIRED",
    26: "KDC_ERR_SERVER_NOMATCH",
    27: "KDC_ERR_MUST_USE_USER2USER",
    28: "KDC_ERR_PATH_NOT_ACCEPTED",
    29: "KDC_ERR_SVC_UNAVAILABLE",
    31: "KRB_AP_ERR_BAD_INTEGRITY",
    32: "KRB_AP_ERR_TKT_EXPIRED",
    33: "KRB_AP_ERR_TKT_NYV",
    34: "KRB_AP_ERR_REPEAT",
    35: "KRB_AP_ERR_NOT_US",
    36: "KRB_AP_ERR_BADMATCH",
    37: "KRB_AP_ERR_SKEW",
    38: "KRB_AP_ERR_BADADDR",
    39: "KRB_AP_ERR_BADVERSION",
    40: "KRB_AP_ERR_MSG_TYPE",
    41: "KRB_AP_ERR_MODIFIED",
    42: "KRB_AP_ERR_BADORDER",
    44: "KRB_AP_ERR_BADKEYVER",
    45: "KRB_AP_ERR_NOKEY",
    46: "KRB_AP_ERR_MUT_FAIL",
    47: "KRB_AP_ERR_BADDIRECTION",
    48: "KRB_AP_ERR_METHOD",
    49: "KRB_AP_ERR_BADSEQ",
    50: "KRB_AP_ERR_INAPP_CKSUM",
    51: "KRB_AP_PATH_NOT_ACCEPTED",
    52: "KRB_ERR_RESPONSE_TOO_BIG",
    60: "KRB_ERR_GENERIC",
    61: "KRB_ERR_FIELD_TOOLONG",
    68: "KDC_ERR_WRONG_REALM",
}
"""RFC 4120 7.5.9, without the codes of PKINIT."""


class KerberosError(ProbesError):
    """Bytes that are no answer of a KDC. problem: a short clause."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"not an answer of a KDC: {problem}")


@dataclass(frozen=True, slots=True)
class EtypeInfo:
    """One entry of ETYPE-INFO2: a key that the principal has, and the salt to make it from a password."""

    etype: int
    salt: str | None


@dataclass(frozen=True, slots=True)
class KrbError:
    """code: error-code; server_time: clock of the KDC, aware, with microseconds (MIT gives them truly only once a second, see `probes.kerberos.as_req`);
    realm, sname: of the service asked for; crealm, cname: of the client, often absent; pa_types, etypes: from e-data, empty where it has none or another form."""

    code: int
    server_time: datetime
    realm: str
    sname: tuple[str, ...]
    crealm: str | None = None
    cname: tuple[str, ...] | None = None
    e_text: str | None = None
    pa_types: tuple[int, ...] = ()
    etypes: tuple[EtypeInfo, ...] = ()

    @property
    def name(self) -> str:
        """Name of the code in RFC 4120, 'error N' for others."""
        return ERROR_NAMES.get(self.code, f"error {self.code}")


@dataclass(frozen=True, slots=True)
class AsRep:
    """A ticket was issued; only its outside is read. etype: of the part encrypted to the client."""

    crealm: str
    cname: tuple[str, ...]
    etype: int


Message = KrbError | AsRep


def decode(reply: bytes) -> Message:
    """One whole message, without the length that TCP puts before it. KerberosError on anything else, whatever the bytes are."""
    try:
        outer = der.read(reply)
        if outer.tag == der.application(KRB_ERROR):
            return _krb_error(der.fields(der.inside(outer)))
        if outer.tag == der.application(AS_REP):
            return _as_rep(der.fields(der.inside(outer)))
    except DerError as error:
        raise KerberosError(str(error)) from None
    raise KerberosError(f"outer tag {outer.tag:#04x}")


def _krb_error(found: Mapping[int, Element]) -> KrbError:
    _header(found, KRB_ERROR)
    pa_types, etypes = _hints(found[12]) if 12 in found else ((), ())
    return KrbError(
        code=der.integer(_needed(found, 6), *_INT32),
        server_time=der.time(_needed(found, 4)).replace(microsecond=der.integer(_needed(found, 5), 0, 999_999)),
        realm=der.string(_needed(found, 9)),
        sname=_principal(_needed(found, 10)),
        crealm=der.string(found[7]) if 7 in found else None,
        cname=_principal(found[8]) if 8 in found else None,
        e_text=der.string(found[11]) if 11 in found else None,
        pa_types=pa_types,
        etypes=etypes,
    )


def _as_rep(found: Mapping[int, Element]) -> AsRep:
    _header(found, AS_REP)
    der.expect(_needed(found, 5), der.application(1))
    return AsRep(
        crealm=der.string(_needed(found, 3)),
        cname=_principal(_needed(found, 4)),
        etype=der.integer(_needed(der.fields(_needed(found, 6)), 0), *_INT32),
    )


def _header(found: Mapping[int, Element], kind: int) -> None:
    """Protocol version 5 and the message type that the outer tag promised."""
    der.integer(_needed(found, 0), 5, 5)
    der.integer(_needed(found, 1), kind, kind)


def _needed(found: Mapping[int, Element], number: int) -> Element:
    if number not in found:
        raise KerberosError(f"field [{number}] is missing")
    return found[number]


def _principal(element: Element) -> tuple[str, ...]:
    """PrincipalName -> its parts; the type of name is a hint that nobody obeys."""
    found = der.fields(element)
    der.integer(_needed(found, 0), *_INT32)
    return tuple(map(der.string, der.items(_needed(found, 1))))


def _hints(e_data: Element) -> tuple[tuple[int, ...], tuple[EtypeInfo, ...]]:
    """e-data of PREAUTH_REQUIRED. Its form depends on the error and on the vendor, so what does not read as METHOD-DATA is no hint, and no failure."""
    try:
        entries = [der.fields(entry) for entry in der.items(der.read(der.octets(e_data)))]
        methods = [(der.integer(_needed(entry, 1), *_INT32), der.octets(_needed(entry, 2))) for entry in entries]
        etypes = [info for kind, value in methods if kind == _PA_ETYPE_INFO2 for info in _etype_info2(value)]
    except (DerError, KerberosError):
        return (), ()
    return tuple(kind for kind, _ in methods), tuple(etypes)


def _etype_info2(value: bytes) -> list[EtypeInfo]:
    entries = [der.fields(entry) for entry in der.items(der.read(value))]
    return [
        EtypeInfo(der.integer(_needed(entry, 0), *_INT32), der.string(entry[1]) if 1 in entry else None)
        for entry in entries
    ]
