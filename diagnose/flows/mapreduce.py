"""Which server does a MapReduce client dial besides YARN? The JobHistory server, for old jobs."""

from __future__ import annotations

from diagnose.case.model import Skipped
from diagnose.flows import client_files, nodemanagers
from diagnose.flows.client_files import JOB_CLIENT, MAPRED
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import Found, dialled, served
from probes.language import tr


def flows(view: View) -> Found:
    """Yield JobHistory RPC, its web page, and what clients need of the ApplicationMaster."""
    configuration = view.effective(JOB_CLIENT)
    policy = client_files.read(configuration, "mapreduce.jobhistory.http.policy")
    secure = policy is not None and policy.value.upper() == "HTTPS_ONLY"
    for key in ("jobhistory-rpc", "jobhistory-web-https" if secure else "jobhistory-web"):
        service = component(key)
        address = client_files.read(configuration, service.setting or "")
        if address is None or (client_files.is_default(address) and not view.has(MAPRED)):
            yield from _without_file(view, service)
        elif view.need(service) == "required" or not client_files.is_default(address):
            # The job client takes no default port: ClientCache.instantiateHistoryProxy.
            port = None if key == "jobhistory-rpc" else service.default_port()
            yield from dialled(view, service, address, default=port)
    yield from nodemanagers.am_flows(view)


def _without_file(view: View, service: Component) -> Found:
    """Yield what the instances say of a service whose file is not in the case.

    A client without mapred-site.xml runs its jobs itself (mapreduce.framework.name = local). So
    only an engine that the registration names makes a gap of it.
    """
    if view.running(service) or view.is_named(service) or view.is_unread(MAPRED) or view.need(service) != "required":
        yield from served(view, service, None)
        return
    cause = tr("{file} is not in the case, and only a client of MapReduce dials it", file=MAPRED)
    yield Skipped(service.title, cause, "")
