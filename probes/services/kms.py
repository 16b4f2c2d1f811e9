"""Does a key management server (KMS) of Hadoop answer here, and which login does it want?

The question asks for the metadata of no key at all. It names no key and shows none. Who has no
login is refused: with Kerberos by 401 Negotiate, as every web server of Hadoop does, else by 401
PseudoAuth, which means a bare user name.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, is_hadoop_login, remote_exception

_PSEUDO = "pseudoauth"
_EMPTY_LIST = b"[]"


class KmsError(WebServiceError):
    """The answer is not one of a KMS."""


def read(reply: HttpReply) -> Identity:
    """Read the empty list, or the refusal in its place. KmsError for anything else."""
    if reply.status == 200 and b"".join(reply.body.split()) == _EMPTY_LIST:
        return Identity()
    if reply.status == 401 and not reply.has_spnego and _is_pseudo(reply):
        return Identity(demands="user-name")
    if reply.status != 403:
        raise KmsError(f"HTTP {reply.status}")
    name, message = remote_exception(reply, KmsError)
    if name != "AuthorizationException":
        raise KmsError(f"a refusal of another kind: {name}")
    return Identity(facts={"exception": f"{name}: {message}"})


def _is_pseudo(reply: HttpReply) -> bool:
    challenges = reply.headers.get("www-authenticate", "").lower()
    return is_hadoop_login(reply) and _PSEUDO in challenges


SERVICE = WebService(
    "kms",
    "/kms/v1/keys/metadata",
    read,
    "https://github.com/apache/hadoop/blob/trunk/hadoop-common-project/hadoop-kms/src/main/java/org/apache/hadoop/"
    "crypto/key/kms/server/KMS.java",
)
