"""Where do the project's own files stand?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
FIXTURES: Final = PROJECT / "fixtures"
GOLDEN: Final = PROJECT / "tests" / "golden"
