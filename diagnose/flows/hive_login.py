"""With which SASL mechanism do clients of these files log in to HiveServer2?

HiveServer2 with NONE, LDAP, PAM or CUSTOM takes PLAIN. With KERBEROS it takes GSSAPI, and
DIGEST-MD5 for delegation tokens. If Hadoop uses Kerberos, GSSAPI stands beside PLAIN. With NOSASL
it speaks Thrift without SASL.
Source: HiveAuthFactory, Hive 3.1.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.flows.client_files import CORE
from diagnose.flows.cluster import View
from diagnose.flows.model import Read
from diagnose.flows.zookeeper import SERVER_FILES
from probes.frozen import frozen
from probes.origin import Origin

HIVE = "hive-site.xml"
LOGIN = "hive.server2.authentication"
PRINCIPAL = "hive.server2.authentication.kerberos.principal"
HADOOP_LOGIN = "hadoop.security.authentication"
PLAIN, GSSAPI = "PLAIN", "GSSAPI"
OF_KERBEROS = "KERBEROS"

MECHANISMS: Mapping[str, str] = {
    "none": PLAIN,
    "ldap": PLAIN,
    "pam": PLAIN,
    "custom": PLAIN,
    "kerberos": GSSAPI,
}
"""hive.server2.authentication in lower case -> the mechanism that clients start SASL with."""


@frozen
class HiveLogin:
    """How clients of these files log in to HiveServer2."""

    mechanism: str
    """PLAIN or GSSAPI."""
    read: Read
    """hive.server2.authentication. An empty value of no line if no file sets it."""
    file: str
    """Kind of the file that sets it, or should."""


def hive_login(view: View) -> HiveLogin | None:
    """Return how clients log in. None if the files do not tell, or have no SASL.

    A file that does not set it means NONE. Beside any sign of Kerberos it may be a part of the
    real one, so it does not tell.
    """
    for file in SERVER_FILES:
        read = view.read(LOGIN, file)
        if read is not None:
            mechanism = MECHANISMS.get(read.value.lower())
            return None if mechanism is None else HiveLogin(mechanism, read, file)
    if not view.has(HIVE) or any(view.is_unread(file) for file in (*SERVER_FILES, CORE)) or _may_use_kerberos(view):
        return None
    return HiveLogin(PLAIN, Read("", Origin(HIVE, None, LOGIN)), HIVE)


def _may_use_kerberos(view: View) -> bool:
    login = view.read(HADOOP_LOGIN, CORE)
    return (
        (view.case.cluster.security_mode or "").upper() == "KERBEROS"
        or view.read(PRINCIPAL, *SERVER_FILES) is not None
        or (login is not None and login.value.lower() == "kerberos")
    )


def can_use_kerberos(view: View) -> bool:
    """Return True if the files have what a login with Kerberos needs beside the mechanism."""
    login = view.read(HADOOP_LOGIN, CORE)
    is_on = login is not None and login.value.lower() == "kerberos"
    return is_on and view.read(PRINCIPAL, *SERVER_FILES) is not None
