"""How do `redact` and `collect --redact` redact a case, and what do they tell of it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from diagnose.cli.case_options import from_option, with_networks
from probes.language import marked, tr

if TYPE_CHECKING:
    from diagnose.case import Case
    from diagnose.case.tree import Tree
    from diagnose.collect.redaction.redact import RedactedCase

Command = TypeVar("Command", bound=Callable[..., Any])

LACKS_NETWORK = marked(
    "No file names the network of the resource group, and a later --from does not fit the replaced addresses. "
    "Run the command again with --from CIDR, the one of the resource group's vSwitch. It is replaced as all others."
)


def networks_option(command: Command) -> Command:
    """Add the option --from, which the redacted case takes along."""
    return from_option(
        command,
        "CIDR of the resource group's vSwitch; repeatable. It is replaced as all addresses are, and a check of the "
        "redacted case takes it.",
    )


def redacted_case(tree: Tree, what: str, cidrs: Sequence[str]) -> RedactedCase:
    """Return the case without what may not be given away.

    what: "addresses" or "secrets". Exit code 2 if a network is none, or is not of this case.
    """
    from diagnose.case.model import Case
    from diagnose.collect.redaction.redact import redact

    with_networks(_case(tree) or Case("case"), cidrs)
    return redact(tree, tuple(cidr.strip() for cidr in cidrs), keeps_names=what == "secrets")


def lines(result: RedactedCase, target: Path) -> list[str]:
    """Return what was replaced, and what a check of the redacted case will need."""
    from diagnose.case.tree import Tree
    from diagnose.collect.redaction import report

    told = report.lines(result.report, len(result.files), target)
    is_open = "addresses" in result.report.redacted and _lacks_networks(Tree("case", result.files))
    return [*told, tr(LACKS_NETWORK)] if is_open else told


def _case(tree: Tree) -> Case | None:
    """Return the case that the files make. None if an input cannot be read."""
    from diagnose.case.directory import of_tree
    from diagnose.case.errors import CaseError

    try:
        return of_tree(tree)
    except CaseError:
        return None


def _lacks_networks(tree: Tree) -> bool:
    """Return True if a check of the case needs --from. What cannot be read leaves it open."""
    from diagnose.flows.networks import sources

    case = _case(tree)
    return case is not None and not sources(case)
