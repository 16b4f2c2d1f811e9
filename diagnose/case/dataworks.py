"""What do the answers of DataWorks say of workspaces and of what is registered in them?"""

from __future__ import annotations

from typing import Final

ABOUT_WORKSPACES: Final = frozenset({"dataworks-public:GetProject", "dataworks-public:ListProjects"})
"""Answers that say nothing of connections, or of what lets them through."""
