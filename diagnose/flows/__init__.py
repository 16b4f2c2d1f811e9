"""From a case to every connection that the resource group needs into the cluster."""

from diagnose.flows.model import Flow, FlowPlan, Need, Source
from diagnose.flows.networks import sources
from diagnose.flows.plan import flows

__all__ = ["Flow", "FlowPlan", "Need", "Source", "flows", "sources"]
