"""What this process holds open, to tell whether a test left something behind."""

import gc
import os
from pathlib import Path

OWN = Path("/proc/self/fd")

Held = set[tuple[str, str]]


def held() -> Held:
    """Return what is open here, each as its number and what it leads to.

    What nobody refers to is closed first. Otherwise another test's garbage, which closes at some
    moment, would change what is compared.
    """
    gc.collect()
    found = set()
    for number in os.listdir(OWN):  # noqa: PTH208 - names, not paths
        try:
            found.add((number, os.readlink(OWN / number)))  # noqa: PTH115 - "socket:[…]" is no path
        except FileNotFoundError:  # the listing's own
            continue
    return found
