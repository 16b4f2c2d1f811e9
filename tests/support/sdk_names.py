"""Which parameters does a call have in the vendor's own SDK?"""

from __future__ import annotations

import re
from typing import Any


def is_known(service: str, action: str, parameter: str) -> bool:
    """Return True if the request of this call has the parameter."""
    known = sent(service, f"{action}Request")
    first, *rest = re.split(r"\.\d+\.?", parameter)
    return first in known and all(not part or part in sent(service, f"{action}Request{first}") for part in rest)


def sent(service: str, name: str) -> set[str]:
    """Return the parameters of a class of requests, as they go over the wire."""
    models = __import__(f"alibabacloud_{service}.models", fromlist=[name])
    shape = getattr(models, name)
    request = shape()
    for field in list(vars(request)):
        setattr(request, field, _Anything())
    return set(request.to_map())


class _Anything:
    """A value that every field of a request takes."""

    def __iter__(self) -> Any:
        return iter(())

    def to_map(self) -> dict[str, str]:
        return {}
