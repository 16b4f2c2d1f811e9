"""Is this web server the Timeline Server of YARN, version 1?

Its root describes the service. The reader of version 2 has another root, and names itself
"Timeline Reader API".
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, word, words

_ABOUT = "Timeline API"


class TimelineError(WebServiceError):
    """The answer is not one of a Timeline Server."""


def read(reply: HttpReply) -> Identity:
    """Read its description. TimelineError for anything else."""
    if reply.status != 200:
        raise TimelineError(f"HTTP {reply.status}")
    about = document(reply, TimelineError)
    if word(about, "About") != _ABOUT:
        raise TimelineError("no description of the Timeline API")
    return Identity(word(about, "timeline-service-version"), facts=words(about, {"hadoop": "hadoop-version"}))


SERVICE = WebService(
    "timeline",
    "/ws/v1/timeline",
    read,
    "https://hadoop.apache.org/docs/stable/hadoop-yarn/hadoop-yarn-site/TimelineServer.html",
)
