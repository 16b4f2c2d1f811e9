"""Which areas of checks are there? One row an area; `--only` and `--skip` take its name."""

from __future__ import annotations

from collections.abc import Mapping

AREAS: Mapping[str, str] = {
    "dns": "names, their addresses, and the principals that are made of them",
    "network": "security groups, network ACLs, routes, and what packets show",
    "kerberos": "krb5.conf, the KDCs, and the login",
    "hadoop": "the Hadoop files, and what the cloud says of the services",
}
"""Name of each area, and what its checks look at."""
