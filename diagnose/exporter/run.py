"""How does the exporter run from its first connection to its end?

SIGTERM and Ctrl-C end it. SIGHUP reads its files again; files that cannot be used change nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable

from diagnose.exporter.config import ServeConfig
from diagnose.exporter.site import ExporterSite
from diagnose.exporter.web_config import WebConfig
from diagnose.exporter.web_server import WebServer
from probes.errors import FormatError
from probes.network.runner import Interrupt

_LOG = logging.getLogger(__name__)

ReadFiles = Callable[[], tuple[ServeConfig, WebConfig]]
"""Return what the files say. FormatError if they cannot be used."""


def serve(listener: socket.socket, read: ReadFiles, tell: Callable[[str], None]) -> None:
    """Serve until a signal ends it. tell: shows one line about files that were read again."""
    from prometheus_client import disable_created_metrics

    # A second series for each counter, which nobody asks for.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    config, web = read()
    asyncio.run(_serve(listener, ExporterSite(config, web), read, tell))


async def _serve(listener: socket.socket, site: ExporterSite, read: ReadFiles, tell: Callable[[str], None]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def reload() -> None:
        try:
            site.use(*read())
        except FormatError as error:
            site.own.reloaded(False)
            tell(str(error))
            return
        site.own.reloaded(True)

    with Interrupt(loop, stop):
        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGHUP, reload)
        await WebServer(listener, site).serve_until(stop)
