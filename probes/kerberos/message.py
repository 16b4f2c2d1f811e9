"""What does this answer of a KDC contain?

A KRB-ERROR (RFC 4120 5.9.1) is read completely; its e-data only if it is METHOD-DATA with
ETYPE-INFO2 (5.2.7). An AS-REP (5.4.2) is only recognised: nothing in it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from probes.errors import ProbesError
from probes.frozen import frozen
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
"""Names of RFC 4120 7.5.9, without the codes of PKINIT."""


class KerberosError(ProbesError):
    """Bytes that are no answer of a KDC. `problem`: a short clause."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"not an answer of a KDC: {problem}")


@frozen
class EtypeInfo:
    """One entry of ETYPE-INFO2: a key that the principal has."""

    etype: int
    """Number of the encryption type."""
    salt: str | None
    """Salt that makes the key from a password. None if the KDC names none."""


@frozen
class KrbError:
    """A KRB-ERROR message."""

    code: int
    """error-code, see `ERROR_NAMES`."""
    server_time: datetime
    """Clock of the KDC, aware, with microseconds.
    MIT sends true microseconds only once a second, see `probes.kerberos.as_req`."""
    realm: str
    """Realm of the service that was asked for."""
    sname: tuple[str, ...]
    """Name of the service that was asked for, in parts."""
    crealm: str | None = None
    """Realm of the client. None if the message has none, which is common."""
    cname: tuple[str, ...] | None = None
    """Name of the client, in parts. None if the message has none, which is common."""
    e_text: str | None = None
    """Text of the KDC. None if it sent none."""
    pa_types: tuple[int, ...] = ()
    """Types of pre-authentication from e-data. Empty if e-data is missing or has another form."""
    etypes: tuple[EtypeInfo, ...] = ()
    """Keys of the principal from e-data. Empty if e-data is missing or has another form."""

    @property
    def name(self) -> str:
        """Return the name of the code in RFC 4120, or "error N" if it has none."""
        return ERROR_NAMES.get(self.code, f"error {self.code}")


@frozen
class AsRep:
    """A ticket was issued. Only the outside of the reply is read."""

    crealm: str
    """Realm of the client."""
    cname: tuple[str, ...]
    """Name of the client, in parts."""
    etype: int
    """Encryption type of the part for the client."""


Message = KrbError | AsRep


def decode(reply: bytes) -> Message:
    """Read one whole message, without the length that TCP puts before it.
    KerberosError on anything else."""
    try:
        outer = der.read(reply)
        if outer.tag == der.application(KRB_ERROR):
            return _krb_error(der.fields(der.unwrap(outer)))
        if outer.tag == der.application(AS_REP):
            return _as_rep(der.fields(der.unwrap(outer)))
    except DerError as error:
        raise KerberosError(str(error)) from None
    raise KerberosError(f"outer tag {outer.tag:#04x}")


def _krb_error(fields: Mapping[int, Element]) -> KrbError:
    _header(fields, KRB_ERROR)
    pa_types, etypes = _hints(fields[12]) if 12 in fields else ((), ())
    return KrbError(
        code=der.integer(_required(fields, 6), *_INT32),
        server_time=der.time(_required(fields, 4)).replace(microsecond=der.integer(_required(fields, 5), 0, 999_999)),
        realm=der.string(_required(fields, 9)),
        sname=_principal(_required(fields, 10)),
        crealm=der.string(fields[7]) if 7 in fields else None,
        cname=_principal(fields[8]) if 8 in fields else None,
        e_text=der.string(fields[11]) if 11 in fields else None,
        pa_types=pa_types,
        etypes=etypes,
    )


def _as_rep(fields: Mapping[int, Element]) -> AsRep:
    _header(fields, AS_REP)
    der.expect(_required(fields, 5), der.application(1))
    return AsRep(
        crealm=der.string(_required(fields, 3)),
        cname=_principal(_required(fields, 4)),
        etype=der.integer(_required(der.fields(_required(fields, 6)), 0), *_INT32),
    )


def _header(fields: Mapping[int, Element], kind: int) -> None:
    """Check protocol version 5 and the message type that the outer tag announced."""
    der.integer(_required(fields, 0), 5, 5)
    der.integer(_required(fields, 1), kind, kind)


def _required(fields: Mapping[int, Element], number: int) -> Element:
    if number not in fields:
        raise KerberosError(f"field [{number}] is missing")
    return fields[number]


def _principal(element: Element) -> tuple[str, ...]:
    """Return the parts of a PrincipalName. The name type is a hint that no implementation obeys."""
    fields = der.fields(element)
    der.integer(_required(fields, 0), *_INT32)
    return tuple(map(der.string, der.items(_required(fields, 1))))


def _hints(e_data: Element) -> tuple[tuple[int, ...], tuple[EtypeInfo, ...]]:
    """Return types and keys from the e-data of PREAUTH_REQUIRED, nothing if it is no METHOD-DATA.
    The form of e-data depends on the error and on the vendor, so another form is no failure."""
    try:
        entries = [der.fields(entry) for entry in der.items(der.read(der.octets(e_data)))]
        methods = [(der.integer(_required(entry, 1), *_INT32), der.octets(_required(entry, 2))) for entry in entries]
        etypes = [info for kind, value in methods if kind == _PA_ETYPE_INFO2 for info in _etype_info2(value)]
    except (DerError, KerberosError):
        return (), ()
    return tuple(kind for kind, _ in methods), tuple(etypes)


def _etype_info2(value: bytes) -> list[EtypeInfo]:
    entries = [der.fields(entry) for entry in der.items(der.read(value))]
    return [
        EtypeInfo(der.integer(_required(entry, 0), *_INT32), der.string(entry[1]) if 1 in entry else None)
        for entry in entries
    ]
