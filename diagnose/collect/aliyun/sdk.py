"""How is one call made with the official SDKs? The answer comes back as the bytes that arrived.

The SDK chooses the endpoint, finds the credentials, signs the request and checks the certificate.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any, Final

from diagnose import __version__
from diagnose.collect.aliyun.calls import PRODUCTS, CloudCall, Query
from diagnose.collect.aliyun.faults import CloudCallError, of_code
from diagnose.collect.collection import CollectError
from probes.frozen import frozen
from probes.language import tr

CA_VARIABLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Environment variables that name a file of further authorities, such as that of a proxy."""

_SILENCED: Final = ("darabonba-core", "alibabacloud-tea", "credentials")
"""Loggers of the SDKs. One prints headers, and with them a token, if DEBUG=sdk is set."""
_LASTING: Final = ("CERTIFICATE_VERIFY_FAILED", "NameResolutionError", "ProxyError")
_SEEN: Final = (*_LASTING, "ConnectTimeout", "Read timed out", "Connection refused", "IncompleteRead")
"""What the text of a failed connection may hold. Nothing else of it is kept."""


@frozen
class Waits:
    """How long one call may take, in seconds."""

    connect: float = 5.0
    """For a connection."""
    read: float = 20.0
    """For the next bytes of an answer."""
    call: float = 45.0
    """For all of one call. An answer that trickles ends here."""
    first_pause: float = 0.5
    """Before the second attempt. Each further pause is twice as long."""
    longest_pause: float = 10.0
    """The longest pause, also if the service asks for a longer one."""
    attempts: int = 5
    """Calls until one is given up, unless it is throttled."""
    throttled: float = 75.0
    """While it is throttled, a call is made again for so long. ECS counts calls by the minute, and
    answers again in the next one: https://www.alibabacloud.com/help/doc-detail/437902.htm
    (2024-03-29)."""


class Sdk:
    """The clients of all products in one region."""

    def __init__(
        self, region: str, endpoints: Mapping[str, str], waits: Waits, products: Collection[str] = tuple(PRODUCTS)
    ) -> None:
        """Import the SDKs of these products.

        endpoints: product -> host[:port]; "" is the one of all products. CollectError if an SDK is
        not installed.
        """
        for name in _SILENCED:
            logging.getLogger(name).disabled = True
        try:
            self._models = import_module("alibabacloud_tea_openapi.utils_models")
            self._runtime = import_module("darabonba.runtime").RuntimeOptions
            self._credential = import_module("alibabacloud_credentials.client").Client()
            modules = {name: import_module(f"{PRODUCTS[name].module}.client") for name in products}
        except ImportError as error:
            text = tr(
                "the SDKs of Alibaba Cloud are needed ({module} is missing): {command}",
                module=error.name,
                command="pip install 'emr-diagnose[aliyun]'",
            )
            raise CollectError(text) from error
        for name in _SILENCED:
            logging.getLogger(name).disabled = True
        self._clients = {
            name: module.Client(self._config(region, endpoints.get(name) or endpoints.get(""), waits))
            for name, module in modules.items()
        }

    def _config(self, region: str, endpoint: str | None, waits: Waits) -> Any:
        config = self._models.Config(
            credential=self._credential,
            region_id=region,
            endpoint=endpoint,
            protocol="HTTPS",
            connect_timeout=int(waits.connect * 1000),
            read_timeout=int(waits.read * 1000),
            user_agent=f"emr-diagnose/{__version__}",
        )
        config.ca = next(filter(None, map(os.environ.get, CA_VARIABLES)), None)
        return config

    def require_credentials(self) -> None:
        """Find the credentials. CollectError if there are none."""
        try:
            self._credential.get_credential()
        except Exception:  # noqa: BLE001 - its text can hold what was found
            text = tr(
                "no credentials of Alibaba Cloud were found: set {first} and {second}, run {command}, or use an "
                "instance with a RAM role",
                first="ALIBABA_CLOUD_ACCESS_KEY_ID",
                second="ALIBABA_CLOUD_ACCESS_KEY_SECRET",
                command="aliyun configure",
            )
            raise CollectError(text) from None

    def call(self, call: CloudCall, query: Query) -> bytes:
        """Make a call and return the body of its answer, unchanged. CloudCallError if none came."""
        params = self._models.Params(
            action=call.action,
            version=call.product.version,
            protocol="HTTPS",
            pathname="/",
            method=call.method,
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="binary",
        )
        flat = {key: str(value) for key, value in query.items()}
        request = self._models.OpenApiRequest(**{"body" if call.is_form else "query": flat})
        try:
            answer = self._clients[call.kind.partition(":")[0]].call_api(params, request, self._runtime())
        except Exception as error:  # noqa: BLE001 - the SDK raises what its libraries raise
            raise _fault(error) from None
        body = answer.get("body")
        return body if isinstance(body, bytes) else b""


def _fault(error: Exception) -> CloudCallError:
    """Return what an exception of the SDK stands for. Its text is dropped."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        wait = getattr(error, "retry_after", None)
        seconds = wait / 1000 if isinstance(wait, int | float) else 0.0
        return of_code(getattr(error, "code", None), status, getattr(error, "data", None), seconds)
    inner = getattr(error, "inner_exception", None) or error
    if type(inner).__name__ != "RetryError":
        return CloudCallError("unreadable", may_pass=True)
    seen = next((word for word in _SEEN if word in str(getattr(inner, "message", ""))), "")
    return CloudCallError("no-answer", seen, may_pass=seen not in _LASTING)
