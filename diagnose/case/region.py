"""In which region is the cluster, if neither case.toml nor GetCluster says it?"""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.case.api.answers import AnswerPage, NetworkAclAttributes
from diagnose.case.api.documents import ApiAnswers
from probes.regex import regex

_HOST = regex(rb"\bc-[0-9a-z]{8,32}\.(?P<region>[a-z]{2}-[a-z0-9-]{2,37})\.emr\.aliyuncs\.com\b")
"""A host name of a cluster. The label after its id is the region."""


def region_of(answers: ApiAnswers, contents: Iterable[bytes]) -> str | None:
    """Return the region that the answers name, else the one in host names of these files.

    None if there is none, or if there are two: then nothing says which of them is the cluster's.
    """
    named = {item.value.region_id for item in answers.items if isinstance(item.value, AnswerPage)}
    named |= {item.value.network_acl_attribute.region_id for item in answers.of(NetworkAclAttributes)}
    named.discard("")
    if not named:
        named = {match["region"].decode() for content in contents for match in _HOST.finditer(content)}
    return named.pop() if len(named) == 1 else None
