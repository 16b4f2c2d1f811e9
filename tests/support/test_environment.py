"""Do tests run alike, whatever the shell has set that starts them?"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support.places import PROJECT


def test_what_a_shell_sets_reaches_no_test_and_what_is_for_tests_does() -> None:
    of_a_shell = {
        "COLUMNS": "43",
        "EMR_DIAGNOSE_LANG": "zh",
        "EMR_DIAGNOSE_OFFLINE": "1",
        "FORCE_COLOR": "1",
        "KRB5_CONFIG": "/nowhere",
        "LINES": "7",
    }
    program = "import tests.conftest, json, os; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={**os.environ, **of_a_shell, "EMR_DIAGNOSE_FUZZ": "3"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = json.loads(done.stdout)
    expected = {"COLUMNS": "80", "EMR_DIAGNOSE_LANG": "en", "EMR_DIAGNOSE_FUZZ": "3"}
    assert {name: found[name] for name in (*of_a_shell, "EMR_DIAGNOSE_FUZZ") if name in found} == expected
