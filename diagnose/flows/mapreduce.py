"""Which server does a MapReduce client dial besides YARN? The JobHistory server, for old jobs."""

from __future__ import annotations

from diagnose.flows import client_files, nodemanagers
from diagnose.flows.client_files import JOB_CLIENT, MAPRED
from diagnose.flows.cluster import View
from diagnose.flows.components import component
from diagnose.flows.endpoints import Found, dialled, only, served


def flows(view: View) -> Found:
    """Yield JobHistory RPC, its web page, and what clients need of the ApplicationMaster."""
    configuration = view.effective(JOB_CLIENT)
    policy = client_files.read(configuration, "mapreduce.jobhistory.http.policy")
    secure = policy is not None and policy.value.upper() == "HTTPS_ONLY"
    for key in ("jobhistory-rpc", "jobhistory-web-https" if secure else "jobhistory-web"):
        service = component(key)
        address = client_files.read(configuration, service.setting or "")
        if address is None or (client_files.is_default(address) and not view.has(MAPRED)):
            yield from served(view, service, None, nodes=only(view.masters()), guess="the only master node")
        elif view.need(service) == "required" or not client_files.is_default(address):
            # The job client takes no default port: ClientCache.instantiateHistoryProxy.
            port = None if key == "jobhistory-rpc" else service.default_port()
            yield from dialled(view, service, address, default=port)
    yield from nodemanagers.am_flows(view)
