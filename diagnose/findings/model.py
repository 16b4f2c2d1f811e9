"""What is a finding, and the blame before it?

A check yields blames: one flow and one cause each. Blames of one cause become one finding.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import field
from typing import Literal

from diagnose.decisions.routing import Way
from diagnose.findings.cause import Cause
from diagnose.findings.names.name_fault import NameFault
from diagnose.findings.values import Params
from diagnose.flows.model import BadSetting, Flow
from diagnose.scene.outcome import Outcome
from probes.files.line_edit import LineEdit
from probes.frozen import frozen
from probes.origin import Origin
from probes.rules.decision import Decision
from probes.rules.group_rule import Rule

Severity = Literal["error", "warning", "info"]
Confidence = Literal["proven", "strong", "inferred"]
CERTAINTY: tuple[Confidence, ...] = ("inferred", "strong", "proven")


@frozen
class Evidence:
    """One piece of evidence of a finding."""

    kind: Literal["decision", "observation", "line", "rule"]
    """What it is."""
    ref: str
    """Id of a flow or rule, a host, or the place of a line."""
    text: str
    """What it shows, as one clause."""
    origin: Origin | None = None
    """Where it was read. None if it was not read from a file."""


@frozen
class Blame:
    """One flow that does not work, and what stops it."""

    code: str
    """Code of the catalogue."""
    key: Hashable
    """Equal for flows that the same fault stops. Used for grouping and for nothing else."""
    outcome: Outcome
    """The flow with its decisions and observations."""
    confidence: Confidence
    """How sure the cause is."""
    rules: tuple[Rule, ...] = ()
    """The rules of security groups that show the fault."""
    missing: tuple[str, ...] = ()
    """What would settle it, each as a noun phrase. Empty if it is proven."""
    evidence: tuple[Evidence, ...] = ()
    """What shows the fault beside decisions and observations."""
    mild: bool = False
    """True if it harms some clients but no task. Such a blame is never more than a warning."""
    cause: Cause | None = None
    """What selects words, severity and repair. None if the code alone does."""
    name: NameFault | None = None
    """What is wrong with the name of the host. None if the fault is no fault of a name."""
    decision: Decision | None = None
    """What the network ACL decided. None for every other layer."""
    ways: tuple[Way, ...] = ()
    """What the route tables decided, for each network that this fault concerns."""
    answers_on: int | None = None
    """The port on which a KDC answers, if it is not the configured one."""
    usual_port: int | None = None
    """The usual port of the service, if a file names another one and the rules let the usual one
    in. Nobody knows then which of the two is wrong."""
    host_code: str | None = None
    """For a dead KDC beside a live one: the code of the fault that its host has."""

    @property
    def flow(self) -> Flow:
        return self.outcome.flow


@frozen
class Undone:
    """What works that did not, with the cause of one finding undone and nothing else changed."""

    repairs: tuple[str, ...]
    """Ids of the required flows that then work."""
    clients: tuple[str, ...]
    """Families of Kerberos clients that then work, or wait at least a second less."""
    remains: tuple[str, ...] | None
    """Codes of the errors that are then left, each once. None if that was not asked."""
    needs_others: bool = False
    """True if a second fault stops the same clients, so they work only once both are undone."""
    unclear: tuple[str, ...] = ()
    """Ids of the required flows that it no longer stops then, and that are not known to work."""

    @property
    def changes_nothing(self) -> bool:
        """Return True if it is no cause here: no required flow and no client works that did
        not."""
        return not self.repairs and not self.clients and not self.unclear


@frozen
class Excluded:
    """A look-alike of a cause that is ruled out."""

    code: str
    """Code of the look-alike."""
    by: str
    """Id of the fact that rules it out: a key of `excluded.FACTS`."""


@frozen
class RightValue:
    """A key of a Hadoop file, and the value that repairs a finding."""

    file: str
    """Path inside the case; the name of the file if the value stands in an answer of the cloud."""
    line: int | None
    """Line that holds the value now. None if none does."""
    key: str
    """The key."""
    before: str | None
    """Present value. None if the key is not there."""
    after: str | None
    """Value to set. None if the line has to go."""


@frozen
class Finding:
    """A conclusion. Its text is made last, from `code`, `cause` and `params` alone."""

    code: str
    """Code of the catalogue."""
    severity: Severity
    """How much it weighs here."""
    confidence: Confidence
    """How sure it is."""
    params: Params = field(default_factory=dict, hash=False)
    """The named values of its sentences."""
    cause: Cause | None = None
    """Which of the sentences of its code is meant. None if the code has one sentence."""
    flows: tuple[str, ...] = ()
    """Ids of the flows that it explains."""
    evidence: tuple[Evidence, ...] = ()
    """What shows it."""
    excluded: tuple[Excluded, ...] = ()
    """Look-alikes that are ruled out. All of them if it is proven. Empty if a check itself does not
    call it proven: then nothing was looked up."""
    settle_by: str | None = None
    """The observation that would prove it. None if it is proven."""
    edits: tuple[LineEdit, ...] = ()
    """Lines of files to change, all of them together. They were tried: with them, the finding is
    gone. Empty if no such edit is known."""
    blames: tuple[Blame, ...] = field(default=(), compare=False, repr=False)
    """What its repair is made from. Empty for a finding that no blame of a flow made."""
    setting: BadSetting | None = field(default=None, compare=False, repr=False)
    """The setting of a Hadoop file that it is about. None if it is about none."""
    values: tuple[RightValue, ...] = field(default=(), compare=False, repr=False)
    """Keys of Hadoop files to set, all of them together. Empty if no right value is known."""
    undone: Undone | None = None
    """What undoing the cause changes. None if the values of the case cannot tell."""
    title: str = ""
    """Text: the finding in one line, without a full stop. Empty until the text is made."""
    sentence: str = ""
    """Text: what is wrong, for a reader who does not know the code."""
    detail: str = ""
    """Text: what follows from it, and how it is known. May be empty."""
    advice: tuple[str, ...] = ()
    """Text: the repairs in words."""
    manual: tuple[str, ...] = ()
    """Text: the repair in words that an edit says as well, for where no edit is suggested."""
