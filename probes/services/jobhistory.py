"""Is this web server the JobHistory server of MapReduce?"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, part, word


class JobHistoryError(WebServiceError):
    """The answer is not one of a JobHistory server."""


def read(reply: HttpReply) -> Identity:
    """Read its information. JobHistoryError for anything else."""
    if reply.status != 200:
        raise JobHistoryError(f"HTTP {reply.status}")
    version = word(part(document(reply, JobHistoryError), "historyInfo"), "hadoopVersion")
    if version is None:
        raise JobHistoryError("no information of a history server")
    return Identity(version)


SERVICE = WebService(
    "jobhistory",
    "/ws/v1/history/info",
    read,
    "https://hadoop.apache.org/docs/stable/hadoop-mapreduce-client/hadoop-mapreduce-client-hs/HistoryServerRest.html",
)
