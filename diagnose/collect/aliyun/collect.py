"""How does an address aliyun://CLUSTER-ID become a case?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from diagnose import __version__
from diagnose.case import collected
from diagnose.case.collected import Collected, MissingAnswer
from diagnose.collect.aliyun.calls import GET_CLUSTER
from diagnose.collect.aliyun.faults import CloudCallError, is_about_credentials
from diagnose.collect.aliyun.listing import Asker
from diagnose.collect.aliyun.sdk import Sdk, Waits
from diagnose.collect.aliyun.source import CloudSource
from diagnose.collect.aliyun.walk import Walk
from diagnose.collect.collection import CollectError, Collection
from diagnose.output.clean import clean
from probes.language import tr
from probes.network.blocking_call import with_timeout

SECONDS = 600.0
"""Time for everything, unless another one is given."""

_SAMPLE = 5
"""Most objects of one kind of missing answer that the summary names."""


def collect(
    source: CloudSource, endpoints: Mapping[str, str], seconds: float = SECONDS, waits: Waits | None = None
) -> Collection:
    """Return everything that the APIs say of the cluster and its resource group.

    endpoints: product -> host[:port], "" for all products, instead of those that the SDKs know.
    CollectError if the SDKs, the credentials or the cluster are missing.
    """
    limits = waits or Waits()
    started = datetime.now(UTC)
    sdk = Sdk(source.region, endpoints, limits)
    walk = asyncio.run(_walked(source, sdk, seconds, limits))
    if walk.fatal is not None:
        raise CollectError(_fatal(source, walk.fatal))
    told = Collected(
        tool=f"emr-diagnose {__version__}",
        source=source.address,
        region=source.region,
        started_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        answers=tuple(sorted(walk.got, key=lambda each: (each.call, each.object))),
        missing=tuple(sorted(walk.missing, key=lambda each: (each.call, each.object))),
    )
    files = {**walk.files, collected.NAME: collected.encode(told)}
    is_whole = all(_is_no_loss(each) for each in told.missing)
    return Collection(files, tuple(_summary(told, len(walk.files))), is_whole)


async def _walked(source: CloudSource, sdk: Sdk, seconds: float, waits: Waits) -> Walk:
    try:
        await with_timeout(sdk.require_credentials, timeout=min(seconds, waits.call), name="credentials")
    except TimeoutError:
        raise CollectError(tr("the credentials of Alibaba Cloud could not be read in time")) from None
    walk = Walk(source, Asker(sdk.call, waits, seconds))
    await walk.run()
    return walk


def _is_no_loss(missing: MissingAnswer) -> bool:
    """Return True if a rule names an object that is gone, or of another account."""
    return missing.cause == "not-found" and missing.call.startswith(("ecs:", "vpc:"))


def _fatal(source: CloudSource, fault: CloudCallError) -> str:
    if is_about_credentials(fault):
        return tr("the credentials were not accepted ({code}), and nothing was written", code=fault.code)
    return tr(
        "{call} does not know {cluster} in {region} ({code}), and nothing was written",
        call=GET_CLUSTER.kind,
        cluster=source.cluster,
        region=source.region,
        code=fault.code,
    )


def _summary(told: Collected, files: int) -> Iterator[str]:
    """Yield what was got, and one line for each call of which something is missing."""
    yield tr(
        "Collected {count} answers of {source} in {files} files.",
        count=len(told.answers),
        source=told.source,
        files=files,
    )
    alike: dict[tuple[str, str, str, str], list[MissingAnswer]] = {}
    for missing in told.missing:
        alike.setdefault((missing.call, missing.cause, missing.code, missing.permission), []).append(missing)
    for (call, *_), group in alike.items():
        objects = [each.object for each in group if each.object]
        shown = ", ".join(objects[:_SAMPLE]) + ("" if len(objects) <= _SAMPLE else " …")
        yield clean(
            tr("Missing: {call} {objects}: {cause}.", call=call, objects=shown, cause=collected.cause(group[0]))
            if objects
            else tr("Missing: {call}: {cause}.", call=call, cause=collected.cause(group[0]))
        )
    permissions = Counter(each.permission for each in told.missing if each.permission)
    if permissions:
        yield tr(
            "Actions of RAM to allow: {actions}. collect --show-policy prints a policy with all of them.",
            actions=", ".join(sorted(permissions)),
        )
    yield tr("The APIs have no krb5.conf, hosts and Hadoop files: add them to the case, as docs/case.md says.")
