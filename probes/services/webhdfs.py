"""Does WebHDFS answer here, and does its NameNode serve?

The question is the status of the directory "/". A standby refuses it with StandbyException, and a
NameNode that starts with RetriableException. A DataNode and HttpFS refuse in the same form.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, part, remote_exception

_STATES = {"StandbyException": "standby", "RetriableException": "starting"}


class WebHdfsError(WebServiceError):
    """The answer is not one of WebHDFS."""


def read(reply: HttpReply) -> Identity:
    """Read the status of a file, or the exception in its place. WebHdfsError for anything else."""
    if reply.status == 200:
        if _type(reply) != "DIRECTORY":
            raise WebHdfsError("no status of a directory")
        return Identity(state="active")
    name, message = remote_exception(reply, WebHdfsError)
    facts = {"exception": f"{name}: {message}"}
    if name in _STATES:
        return Identity(state=_STATES[name], serves=False, facts=facts)
    # The NameNode looked the path up, so it serves: only this user may not see it.
    return Identity(serves=name == "AccessControlException", facts=facts)


def _type(reply: HttpReply) -> object:
    return part(document(reply, WebHdfsError), "FileStatus").get("type")


SERVICE = WebService(
    "webhdfs",
    "/webhdfs/v1/?op=GETFILESTATUS",
    read,
    "https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html",
)
