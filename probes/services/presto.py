"""Does a coordinator of Presto or Trino answer here, which of the two, and has it started?

Both answer /v1/info in the same form, and most releases without a login. Presto 0.287 wants the
login of its clients there as well, and its realm makes it known. The version tells them apart:

- Presto counts 0.100, 0.101 and so on.
- PrestoSQL, which became Trino with release 351, counts 300 to 350.
- Trino counts on from 351.
"""

from __future__ import annotations

from probes.regex import regex
from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, part, word, words

_NUMBER = regex(r"(\d{1,4})(?:[.-]|$)")
_REALM = regex(r'\bBasic realm="(?:Presto|Trino)"')
_FIRST_PRESTOSQL, _FIRST_TRINO = 300, 351


class PrestoError(WebServiceError):
    """The answer is not one of Presto or Trino."""


def read(reply: HttpReply) -> Identity:
    """Read the information of the server. PrestoError for anything else."""
    if reply.status == 401 and _REALM.search(reply.headers.get("www-authenticate", "")):
        return Identity(demands="password")
    if reply.status != 200:
        raise PrestoError(f"HTTP {reply.status}")
    info = document(reply, PrestoError)
    version, coordinator = word(part(info, "nodeVersion"), "version"), info.get("coordinator")
    if version is None or not isinstance(coordinator, bool):
        raise PrestoError("no information of a server")
    # The first releases do not say that they start.
    starting = info.get("starting") is True
    facts = {"engine": engine(version), "role": "coordinator" if coordinator else "worker"}
    facts |= words(info, {"environment": "environment"})
    return Identity(version, "starting" if starting else "started", serves=coordinator and not starting, facts=facts)


def engine(version: str) -> str:
    """Return "Presto", "PrestoSQL" or "Trino". "Presto or Trino" if the version does not tell."""
    number = _NUMBER.match(version)
    if number is None or 0 < int(number[1]) < _FIRST_PRESTOSQL:
        return "Presto or Trino"
    if int(number[1]) == 0:
        return "Presto"
    return "PrestoSQL" if int(number[1]) < _FIRST_TRINO else "Trino"


SERVICE = WebService(
    "presto",
    "/v1/info",
    read,
    "https://github.com/trinodb/trino/blob/master/core/trino-main/src/main/java/io/trino/server/"
    "ServerInfoResource.java",
    is_hadoop=False,
)
