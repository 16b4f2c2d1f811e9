"""What does DataWorks answer about a workspace? The rules of `answers` hold.

Shapes: SDK dataworks_public20240518 9.11.0, read on 2026-11-29.
"""

from __future__ import annotations

from diagnose.case.api.answers import AnswerPage, Wire


class ProjectAnswer(Wire, frozen=True, kw_only=True):
    """One workspace. `dev_environment_enabled` is True in standard mode, False in basic mode."""

    id: int | str = ""
    name: str = ""
    dev_environment_enabled: bool | None = None
    owner: int | str = ""


class GetProject(Wire, frozen=True, kw_only=True):
    """dataworks-public GetProject."""

    project: ProjectAnswer


class ProjectPage(AnswerPage, frozen=True, kw_only=True):
    projects: tuple[ProjectAnswer, ...]


class ListProjects(Wire, frozen=True, kw_only=True):
    """dataworks-public ListProjects."""

    paging_info: ProjectPage
