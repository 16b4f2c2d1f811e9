"""What does the exporter answer to each path?"""

from __future__ import annotations

import logging
import math
import ssl
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from diagnose.exporter.basic_auth import CHALLENGE, BasicAuth
from diagnose.exporter.config import ServeConfig
from diagnose.exporter.metrics import registry
from diagnose.exporter.module import ProbeModule, module_of
from diagnose.exporter.own_metrics import OwnMetrics, Result
from diagnose.exporter.pages import debug_page, front_page
from diagnose.exporter.probe_run import ProbeOutcome, TargetRefusedError, run_probe
from diagnose.exporter.web_config import WebConfig
from diagnose.exporter.web_request import HTML, BadRequestError, WebRequest, WebResponse
from diagnose.output.clean import clean
from diagnose.probing.schemes import SCHEMES
from diagnose.probing.target import Target, TargetError
from diagnose.scene.bugs import described
from probes.files.masking import masked
from probes.frozen import frozen
from probes.language import tr

_LOG = logging.getLogger(__name__)

TIMEOUT_HEADER = "x-prometheus-scrape-timeout-seconds"
"""Header field in which Prometheus names its limit."""

RETRY_SECONDS = 1


@frozen
class AskedProbe:
    """One probe that a request asks for."""

    name: str
    """Name of the module, one that the exporter knows."""

    module: ProbeModule
    """How the target is asked."""

    target: Target
    """Who is asked, not yet looked up."""

    seconds: float
    """Time for all of it."""

    debug: bool
    """True if the steps are shown."""


class ExporterSite:
    """Answers requests, by files that may be read anew while it runs."""

    def __init__(self, config: ServeConfig, web: WebConfig) -> None:
        self.own = OwnMetrics()
        self._running = 0
        self.use(config, web)

    def use(self, config: ServeConfig, web: WebConfig) -> None:
        """Obey these files from now on."""
        self._config, self._web = config, web
        self._auth = BasicAuth(web.users)

    @property
    def context(self) -> ssl.SSLContext | None:
        """TLS of new connections. None for plain HTTP."""
        return self._web.context

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields of every answer."""
        return self._web.headers

    @property
    def most_connections(self) -> int:
        """Connections of clients at once."""
        return self._config.limits.connections

    def refused(self) -> None:
        """Count a connection or a request that was refused before its path was known."""
        self.own.refused("bad-request")

    def accepts(self, peer: ssl.SSLObject | None) -> bool:
        """Return True if the certificate of a client has an allowed name, or if any will do."""
        wanted = self._web.allowed_sans
        if not wanted:
            return True
        certificate = None if peer is None else peer.getpeercert()
        named = (certificate or {}).get("subjectAltName", ())
        return any(isinstance(name, tuple) and name[-1] in wanted for name in named)

    async def respond(self, request: WebRequest) -> WebResponse:
        """Return the answer to one request. Every path wants the login, if there is one."""
        if not await self._auth.admits(request.headers.get("authorization")):
            self.own.refused("unauthorized")
            return WebResponse.plain(HTTPStatus.UNAUTHORIZED, tr("user or password missing or wrong"), **_CHALLENGE)
        page = self._pages.get(request.path)
        if page is None:
            return WebResponse.plain(HTTPStatus.NOT_FOUND, tr("no such page"))
        try:
            return await page(request)
        except Exception as error:  # noqa: BLE001 - our own bug is an answer, and the exporter goes on
            self.own.refused("bug")
            _LOG.error("a bug stopped %s: %s", request.path, described(error))
            return WebResponse.plain(HTTPStatus.INTERNAL_SERVER_ERROR, tr("a bug of emr-diagnose stopped the request"))

    @property
    def _pages(self) -> Mapping[str, Callable[[WebRequest], Awaitable[WebResponse]]]:
        return {"/": self._front, "/-/healthy": self._healthy, "/metrics": self._metrics, "/probe": self._probe}

    async def _front(self, _: WebRequest) -> WebResponse:
        schemes = () if self._config.only_modules else SCHEMES
        return WebResponse(HTTPStatus.OK, front_page([*self._config.modules, *schemes]), HTML)

    async def _healthy(self, _: WebRequest) -> WebResponse:
        return WebResponse.plain(HTTPStatus.OK, tr("serve is running"))

    async def _metrics(self, request: WebRequest) -> WebResponse:
        from prometheus_client.exposition import choose_encoder

        write, kind = choose_encoder(request.headers.get("accept", ""))
        return WebResponse(HTTPStatus.OK, write(self.own.registry), kind)

    async def _probe(self, request: WebRequest) -> WebResponse:
        try:
            asked = self._probe_of(request)
        except (BadRequestError, TargetError) as error:
            self.own.refused("bad-request")
            return WebResponse.plain(HTTPStatus.BAD_REQUEST, masked(clean(str(error))))
        if self._running >= self._config.limits.probes:
            self.own.refused("busy")
            busy = tr("{count} probes run already, which is the limit", count=self._running)
            return WebResponse.plain(HTTPStatus.SERVICE_UNAVAILABLE, busy, Retry_After=str(RETRY_SECONDS))
        self._running += 1
        self.own.began()
        try:
            outcome = await run_probe(asked.module, asked.target, self._config.allowed, asked.seconds)
        except TargetRefusedError as error:
            self.own.refused("not-allowed")
            return WebResponse.plain(HTTPStatus.FORBIDDEN, masked(clean(str(error))))
        finally:
            self._running -= 1
            self.own.ended()
        self.own.probed(asked.name, _result(outcome), outcome.duration_s)
        return _answer(request, asked, outcome)

    def _probe_of(self, request: WebRequest) -> AskedProbe:
        """Return what a request asks for. BadRequestError or TargetError for what cannot be
        asked."""
        text = request.parameter("target")
        if text is None:
            raise BadRequestError(tr("the parameter target is missing"))
        given = request.parameter("module") or text.partition("://")[0]
        if given == text:
            raise BadRequestError(tr("the parameter module is missing"))
        module = module_of(given, self._config.modules, only_configured=self._config.only_modules)
        if module is None:
            raise BadRequestError(tr("unknown module {name}", name=given[:100]))
        debug = request.parameter("debug") == "true"
        return AskedProbe(given.replace(" ", "+"), module, module.target(text), self._seconds(request, module), debug)

    def _seconds(self, request: WebRequest, module: ProbeModule) -> float:
        """Return the seconds of a probe: the least of our limit, that of the module, and that of
        Prometheus less the offset."""
        limits = self._config.limits
        seconds = min(limits.timeout, module.timeout or limits.timeout)
        header = request.headers.get(TIMEOUT_HEADER)
        if header is None:
            return seconds
        try:
            allowed = float(header)
        except ValueError:
            allowed = math.nan
        if not 0 < allowed < math.inf:
            raise BadRequestError(tr("{header} is no number of seconds", header=TIMEOUT_HEADER))
        return min(seconds, max(allowed - limits.timeout_offset, allowed / 2))


_CHALLENGE = {"WWW_Authenticate": CHALLENGE}


def _result(outcome: ProbeOutcome) -> Result:
    if outcome.report.works is None:
        return "unknown"
    return "success" if outcome.success else "failure"


def _answer(request: WebRequest, asked: AskedProbe, outcome: ProbeOutcome) -> WebResponse:
    """Return the metrics of a probe, or with `debug=true` a page of its steps."""
    from prometheus_client.exposition import choose_encoder, generate_latest

    metrics = registry(outcome)
    if asked.debug:
        page = debug_page(asked.name, outcome, generate_latest(metrics).decode())
        return WebResponse(HTTPStatus.OK, page)
    write, kind = choose_encoder(request.headers.get("accept", ""))
    return WebResponse(HTTPStatus.OK, write(metrics), kind)
