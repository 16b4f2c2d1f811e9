"""Over which link does a host send a packet? By its own routes and policy rules."""

from probes.files.host_routes.listing import ENDING, read_routes, read_rules
from probes.files.host_routes.lookup import HostRouting, HostWay
from probes.files.host_routes.model import HostRoute, PolicyRule

__all__ = ["ENDING", "HostRoute", "HostRouting", "HostWay", "PolicyRule", "read_routes", "read_rules"]
