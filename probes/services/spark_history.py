"""Does the REST service of Spark answer here?

The history server has it, and so has the page of each running driver. The version is all that this
page says, so the two look alike.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, word


class SparkHistoryError(WebServiceError):
    """The answer is not one of Spark."""


def read(reply: HttpReply) -> Identity:
    """Read the version. SparkHistoryError for anything else."""
    if reply.status != 200:
        raise SparkHistoryError(f"HTTP {reply.status}")
    version = word(document(reply, SparkHistoryError), "spark")
    if version is None:
        raise SparkHistoryError("no version of Spark")
    return Identity(version)


SERVICE = WebService(
    "spark-history", "/api/v1/version", read, "https://spark.apache.org/docs/latest/monitoring.html#rest-api"
)
