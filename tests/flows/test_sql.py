"""Which ports of a coordinator of Presto or Trino must a client reach?"""

from __future__ import annotations

import pytest

from diagnose.flows.plan import flows
from tests.support import factories as make

BOTH = {
    "http-server.http.port": "9090",
    "http-server.https.enabled": "true",
    "http-server.https.port": "7778",
}
TYPE, INSECURE = "http-server.authentication.type", "http-server.authentication.allow-insecure-over-http"
PORTS = [7778, 9090]


@pytest.mark.parametrize(
    ("engine", "settings", "ports"),
    [
        ("trino", {}, PORTS),
        ("trino", {TYPE: "PASSWORD"}, [7778]),
        ("trino", {TYPE: "kerberos,PASSWORD"}, [7778]),
        ("trino", {TYPE: ""}, PORTS),
        ("trino", {TYPE: "insecure"}, PORTS),
        ("trino", {TYPE: "PASSWORD", INSECURE: "true"}, PORTS),
        ("trino", {TYPE: "PASSWORD", INSECURE: "false"}, [7778]),
        # A proxy that ends TLS may stand before it
        ("trino", {TYPE: "PASSWORD", "http-server.https.enabled": "false"}, [9090]),
        # Presto 0.287 takes queries over HTTP without a login
        ("presto", {TYPE: "PASSWORD"}, PORTS),
    ],
)
def test_trino_with_a_login_takes_queries_over_https_alone(
    engine: str, settings: dict[str, str], ports: list[int]
) -> None:
    file = f"{engine}/config.properties"
    case = make.a_case(
        settings={file: make.a_configuration(file, BOTH | settings)}, registration=make.a_registration(engine)
    )

    assert sorted(flow.endpoint.port for flow in flows(case).flows if flow.area == engine) == ports
