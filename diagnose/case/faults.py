"""Which files of a case are refused, misread, or contradict each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probes.frozen import frozen

if TYPE_CHECKING:
    from probes.origin import Origin


@frozen
class RuleOfOne:
    """A rule that one of two exports of a security group has and the other lacks."""

    rule: str
    """Its id."""
    holder: int
    """Number of the account that has it: 0 or 1."""
    is_holder_older: bool
    """True if the rule was removed before the other export was made, so the holder is older.
    Otherwise it may be new or removed: whether it exists now tells which export is older."""


@frozen
class Conflict:
    """Two inputs that contradict each other about one thing.

    What depends on the difference is unknown, unless the first one holds.
    """

    subject: str
    """The thing: "security group sg-emr"."""
    places: tuple[Origin, ...]
    """Where the accounts stand, at least two."""
    accounts: tuple[str, ...]
    """What each of them says, in the same order."""
    first_holds: bool = False
    """True if the first one overrides the others, as case.toml does."""
    object: str = ""
    """Id of the thing. "" if it has none."""
    witness: RuleOfOne | None = None
    """What tells which of two exports of a security group is older. None if nothing does."""


@frozen
class Misread:
    """An answer of an API that cannot be read. What it would have said is unknown."""

    file: str
    """Path inside the case."""
    text: str
    """One line: the place, what stands there, and what would be right."""
    command: str
    """The command that prints the right answer. "" if it is not known which one that is."""
    kind: str | None = None
    """The answer that it surely is, "ecs:DescribeSecurityGroupAttribute". None if nothing tells."""


@frozen
class Fault:
    """A file of the cluster that cannot be read as what it is. This is a finding, not an error of
    ours."""

    kind: str
    """As in `Input.kind`."""
    file: str
    """Path inside the case."""
    line: int | None
    """Line of the mistake. None if the reader does not tell it."""
    found: str
    """What stands there."""
    expected: str
    """What would be right."""
    is_no_text: bool = False
    """True if the file is no text at all, such as a keytab. Nothing of it may be quoted."""
