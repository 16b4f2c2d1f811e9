"""Which cluster is meant? An address such as aliyun://c-0a1b2c3d4e5f6071?region=cn-hangzhou."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from diagnose.collect.aliyun.calls import PRODUCTS
from diagnose.collect.collection import CollectError
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

SCHEME = "aliyun"
REGION_VARIABLES = ("ALIBABA_CLOUD_REGION_ID", "ALIBABACLOUD_REGION_ID")
"""Environment variables that the command line client takes a region from."""

_PARAMETERS = ("region", "resource_group", "workspace")
_ID = regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_NUMBER = regex(r"[0-9]{1,19}")
_HOST = regex(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_REGION = regex(r"[a-z]{2,12}(-[a-z0-9]{1,24}){1,6}")


@frozen
class CloudSource:
    """What `collect` asks about."""

    cluster: str
    """Id of the cluster."""
    region: str
    """Region of the cluster and of the resource group."""
    resource_group: str | None = None
    """Id of the resource group of DataWorks. None if it is to be found."""
    workspace: str | None = None
    """Number of the workspace in DataWorks. None if it is to be found."""

    @property
    def address(self) -> str:
        """The address with everything that is known."""
        group = f"&resource_group={self.resource_group}" if self.resource_group else ""
        workspace = f"&workspace={self.workspace}" if self.workspace else ""
        return f"{SCHEME}://{self.cluster}?region={self.region}{group}{workspace}"


def read_source(text: str, environment: Mapping[str, str]) -> CloudSource:
    """Return what an address means. CollectError if it does not say enough, or too much."""
    example = tr("an address such as {example}", example="aliyun://c-0a1b2c3d4e5f6071?region=cn-hangzhou")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise CollectError(tr("{text} is not {example}", text=text, example=example)) from None
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in given:
        if name not in _PARAMETERS:
            known = ", ".join(_PARAMETERS)
            raise CollectError(tr("{text}: {name} is not one of {known}", text=text, name=name, known=known))
    if parts.scheme != SCHEME or parts.path not in ("", "/") or parts.fragment or not _ID.fullmatch(parts.netloc):
        raise CollectError(tr("{text} is not {example}", text=text, example=example))
    region = given.get("region") or next(filter(None, map(environment.get, REGION_VARIABLES)), "")
    if not region:
        needed = tr("{text}: no region. Add ?region=REGION, or set {variable}", text=text, variable=REGION_VARIABLES[0])
        raise CollectError(needed)
    if not _REGION.fullmatch(region):
        raise CollectError(tr("{region} is not a region such as cn-hangzhou", region=repr(region)))
    group = given.get("resource_group") or None
    if group is not None and not _ID.fullmatch(group):
        raise CollectError(tr("{group} is not the id of a resource group", group=repr(group)))
    workspace = given.get("workspace") or None
    if workspace is not None and not _NUMBER.fullmatch(workspace):
        raise CollectError(tr("{workspace} is not the number of a workspace, such as 10001", workspace=repr(workspace)))
    return CloudSource(parts.netloc, region, group, workspace)


def read_endpoints(texts: Sequence[str]) -> dict[str, str]:
    """Return product -> host[:port]. "" stands for all other products. CollectError for odd ones.

    Only the host is chosen. The connection stays HTTPS, and its certificate is checked.
    """
    found: dict[str, str] = {}
    for text in texts:
        product, _, host = text.rpartition("=")
        if (product and product not in PRODUCTS) or not _HOST.fullmatch(host):
            known = ", ".join(PRODUCTS)
            needed = tr("{text} is not [PRODUCT=]HOST[:PORT]; products are {known}", text=repr(text[:100]), known=known)
            raise CollectError(needed)
        found[product] = host
    return found
