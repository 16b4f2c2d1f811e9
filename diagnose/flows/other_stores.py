"""What does a client dial whose default file system is neither HDFS nor the local disk?

A service of a cloud is outside the cluster. JindoFSx is named by host and port. Any other file
system has its servers in files of its own, which are not read.
"""

from __future__ import annotations

from diagnose.case.model import Skipped
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, served
from diagnose.flows.model import Need, Read
from probes.language import marked, tr

STORES = frozenset(
    {
        *("oss", "s3", "s3a", "s3n", "cosn", "obs", "gs", "tos"),
        *("abfs", "abfss", "wasb", "wasbs", "adl"),
    }
)
"""Schemes of object stores, which are services of a cloud."""


def flows(view: View, scheme: str, authority: Read, need: Need) -> Found:
    """Yield the service of the default file system, or what was not checked of it."""
    what, origin = tr("default file system"), authority.origin
    if scheme in STORES:
        cause = marked("{origin} is {scheme}://, an object store outside the cluster, to which nothing was checked")
        yield Skipped(what, tr(cause, origin=origin, scheme=scheme), "")
    elif scheme == "jindo" and authority.value:
        yield from served(view, component("jindo-namespace"), authority, need=need)
    elif need == "required":
        template = marked("{origin} is {scheme}://, and no file that is read tells which servers its clients dial")
        needs = tr("a list of {scheme}:// from the resource group: hdfs dfs -ls /", scheme=scheme)
        yield Skipped(what, tr(template, origin=origin, scheme=scheme), needs)
