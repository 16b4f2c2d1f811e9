"""The APIs of Alibaba Cloud on 127.0.0.1: HTTPS, documented shapes, and what goes wrong with them.

The real SDKs ask it. Its certificate is its own authority.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from diagnose.case.api import documents
from tests.support.certificates import a_file

SUBJECTS = {
    "GetCluster": ("ClusterId", ("Cluster", "ClusterId")),
    "DescribeSecurityGroupAttribute": ("SecurityGroupId", ("SecurityGroupId",)),
    "DescribePrefixListAttributes": ("PrefixListId", ("PrefixListId",)),
    "DescribePortRangeListEntries": ("PortRangeListId", ("PortRangeListId",)),
    "DescribeVSwitchAttributes": ("VSwitchId", ("VSwitchId",)),
    "DescribeNetworkAclAttributes": ("NetworkAclId", ("NetworkAclAttribute", "NetworkAclId")),
    "DescribeRouteEntryList": ("RouteTableId", ("RouteEntrys", "RouteEntry", 0, "RouteTableId")),
    "GetResourceGroup": ("Id", ("ResourceGroup", "Id")),
    "GetProject": ("Id", ("Project", "Id")),
}
"""Call -> the parameter that says what is asked about, and the path of the same in the answer."""

PERMISSIONS = {"dataworks-public": "dataworks"}


@dataclass(frozen=True)
class CloudReply:
    """One answer of HTTP."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length, if it is not that of the body."""
    hang: float = 0.0
    """Seconds before the answer."""
    trickle: float = 0.0
    """Seconds before each of its bytes."""


Special = Callable[["CloudRequest"], CloudReply | None]
"""What answers a request before the files do, or None."""


@dataclass(frozen=True)
class CloudRequest:
    """One request, as the SDK made it."""

    action: str
    version: str
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    posted: frozenset[str] = frozenset()
    """Parameters of `query` that came in the body."""

    @property
    def subject(self) -> str:
        """The id that is asked about, "" if there is none."""
        name = SUBJECTS[self.action][0] if self.action in SUBJECTS else ""
        return self.query.get(name, "")


def error(code: str, status: int = 403, **more: object) -> CloudReply:
    """Return an error answer. Its message repeats a secret, as that of a signature can."""
    told = {"RequestId": "A-1", "Code": code, "Message": f"no, {CANARY}", "HostId": "x", "Recommend": "y"}
    return CloudReply(json.dumps({**told, **more}).encode(), status)


CANARY = "canary-of-the-signature"
"""A text of the service that must reach nobody."""


class FakeCloud:
    """Answers each call with the file that holds its answer, or says that it is forbidden."""

    def __init__(self, files: Mapping[str, bytes], *specials: Special) -> None:
        """`files`: answers by name. `specials` are tried before them."""
        self.files = files
        self._specials = specials
        self.requests: list[CloudRequest] = []
        self._by_call: dict[tuple[str, str], bytes] = {}
        for name, content in files.items():
            if name.endswith(".json"):
                for answer in documents.read(name, content)[0]:
                    action = answer.kind.partition(":")[2]
                    self._by_call[action, _subject_in(action, json.loads(content))] = content

    def reply(self, request: CloudRequest) -> CloudReply:
        """Return the answer to one request."""
        self.requests.append(request)
        for special in self._specials:
            if (found := special(request)) is not None:
                return found
        body = self._by_call.get((request.action, request.subject))
        return error("Forbidden.RAM") if body is None else CloudReply(body)

    def counted(self) -> Counter[str]:
        """Return how often each call was made."""
        return Counter(request.action for request in self.requests)


def _subject_in(action: str, value: Any) -> str:
    try:
        for step in SUBJECTS[action][1]:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return ""
    return str(value)


@dataclass(frozen=True)
class Served:
    """Where the cloud is."""

    endpoint: str
    """127.0.0.1:PORT."""
    authority: Path
    """File with its certificate."""


@contextmanager
def served(cloud: FakeCloud, folder: Path) -> Iterator[Served]:
    """Serve the cloud over HTTPS until the block ends."""
    certificate = a_file(folder / "cloud.pem", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = _Server(("127.0.0.1", 0), _handler(cloud))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Served(f"127.0.0.1:{server.server_address[1]}", certificate)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that gives up is part of the tests."""


def _handler(cloud: FakeCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = {key: value[-1] for key, value in parse_qs(urlsplit(self.path).query, True).items()}
            form = {key: value[-1] for key, value in parse_qs(body, True).items()}
            headers = dict(self.headers.items())
            lower = {key.lower(): value for key, value in headers.items()}
            action, version = lower.get("x-acs-action", ""), lower.get("x-acs-version", "")
            request = CloudRequest(action, version, self.command, {**query, **form}, lower, frozenset(form))
            with suppress(OSError):
                self._send(cloud.reply(request))

        do_GET = do_POST  # noqa: N815 - the name that the base class calls

        def _send(self, reply: CloudReply) -> None:
            time.sleep(reply.hang)
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            for key, value in reply.headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            for start in range(0, len(reply.body), 1 if reply.trickle else 1 << 20):
                time.sleep(reply.trickle)
                self.wfile.write(reply.body[start : start + (1 if reply.trickle else 1 << 20)])
            if reply.length is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Write no log."""

    return Handler


def in_pages(action: str, path: Sequence[str], items: Sequence[object], size: int, *, tokens: bool) -> Special:
    """Return what answers a call with `size` items a page. `path`: keys down to the list.

    tokens: pages are asked for with NextToken, else with PageNumber.
    """

    def reply(request: CloudRequest) -> CloudReply | None:
        if request.action != action:
            return None
        start = int(request.query.get("NextToken") or 0)
        if not tokens:
            start = (int(request.query.get("PageNumber") or 1) - 1) * size
        end = start + size
        more = {"NextToken": str(end) if end < len(items) else ""} if tokens else {"PageNumber": start // size + 1}
        value: Any = list(items[start:end])
        *above, key = path
        value = {key: value, "TotalCount": len(items), **({} if tokens else {"PageSize": size}), **more}
        if above == ["PagingInfo"]:
            value = {"PagingInfo": value, "Success": True}
        elif above:
            (wrapper,) = above
            value = {wrapper: {key: value.pop(key)}, **value}
        return CloudReply(json.dumps({"RequestId": "A-1", **value}).encode())

    return reply


def first(count: int, action: str, *replies: CloudReply) -> Special:
    """Return what answers the first `count` requests of a call with these replies, in turn."""
    made = Counter[str]()

    def reply(request: CloudRequest) -> CloudReply | None:
        if request.action != action:
            return None
        made[action] += 1
        return replies[(made[action] - 1) % len(replies)] if made[action] <= count else None

    return reply


def always(action: str, reply: CloudReply) -> Special:
    """Return what answers every request of a call with this reply."""
    return lambda request: reply if request.action == action else None
