"""From a case to every connection that the resource group needs into the cluster."""

from diagnose.flows.model import Flow, Need, Source

__all__ = ["Flow", "Need", "Source"]
