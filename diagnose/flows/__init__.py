"""Which connections does the resource group need into the cluster?"""

from diagnose.flows.model import Flow, FlowPlan, Need, Source
from diagnose.flows.networks import sources
from diagnose.flows.plan import flows

__all__ = ["Flow", "FlowPlan", "Need", "Source", "flows", "sources"]
