"""How often did the tool and the real clients agree?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lab.dial.clients import Experience
from tests.lab.dial.compared import Opinion, disagreement
from tests.lab.dial.explained import explanation


@dataclass(slots=True)
class Tally:
    """The count of one client."""

    client: str
    """Name of the client, with its release."""
    cases: int = 0
    """Configurations or incidents."""
    steps: int = 0
    """Steps that the client ran."""
    dialling: int = 0
    """Steps in which it dialled."""
    explained: Counter[str] = field(default_factory=Counter)
    """Name of an explanation -> disagreements."""
    unexplained: list[str] = field(default_factory=list)
    """Each disagreement without one."""

    def add(self, name: str, files: Mapping[str, str], told: Opinion, experience: Experience) -> None:
        """Compare one step."""
        reason = explanation(files, told, experience)
        self.count(name, files, experience, disagreement(told, experience), str(told), reason)

    def count(
        self,
        name: str,
        files: Mapping[str, str],
        experience: Experience,
        difference: str | None,
        told: str,
        reason: str | None = None,
    ) -> None:
        """Count one step. `difference` is what differs, `reason` the name of its explanation."""
        self.steps += 1
        self.dialling += bool(experience.dialled)
        if difference is not None and reason is None:
            texts = "\n".join(f"{file}: {text}" for file, text in files.items())
            self.unexplained.append(f"{difference} in {name}\n{texts}\n  {experience}\n  {told}")
        elif difference is not None and reason is not None:
            self.explained[reason] += 1

    def note(self, cases: str) -> str:
        """Return the line for the end of the session. `cases` says what was run."""
        named = ", ".join(f"{name} {number}" for name, number in sorted(self.explained.items()))
        return (
            f"dial oracle: {self.cases} {cases}, {self.steps} steps of {self.client} ({self.dialling} dialled), "
            f"{len(self.unexplained)} unexplained disagreements, {self.explained.total()} explained"
            + (f" ({named})" if named else "")
        )

    def check(self, *explanations: str) -> None:
        """Fail if a disagreement is not explained, or an explanation explains nothing."""
        assert not self.unexplained, "\n\n".join(self.unexplained)
        assert set(self.explained) == set(explanations)
