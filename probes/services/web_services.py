"""Which services are asked with one GET?"""

from __future__ import annotations

from collections.abc import Mapping

from probes.services import (
    datanode_web,
    hbase_web,
    jobhistory,
    kms,
    namenode,
    presto,
    resourcemanager,
    spark_history,
    timeline,
    webhdfs,
)
from probes.services.web import WebService

WEB_SERVICES: Mapping[str, WebService] = {
    module.SERVICE.name: module.SERVICE
    for module in (
        namenode,
        webhdfs,
        datanode_web,
        resourcemanager,
        jobhistory,
        timeline,
        spark_history,
        presto,
        kms,
        hbase_web,
    )
}
"""One row a service, by name."""
