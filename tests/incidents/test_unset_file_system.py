"""What does the page say of a core-site.xml that does not set fs.defaultFS?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.incident_cases import check
from tests.support.places import FIXTURES


@pytest.mark.parametrize(
    ("language", "after", "other", "reason", "doubt"),
    [
        ("en", "Then After the change", "Or ", "while no file sets it", "but the fault that was found is not certain"),
        ("zh", "然后 修改后", "或 ", "没有文件设置它", "但发现了一个不确定的故障"),
    ],
)
def test_uploading_the_file_is_a_step_after_the_edit_and_the_reason_is_that_the_key_is_not_set(
    tmp_path: Path, language: str, after: str, other: str, reason: str, doubt: str
) -> None:
    files = {path.name: path.read_bytes() for path in (FIXTURES / "healthy").iterdir()}
    files["core-site.xml"] = files["core-site.xml"].replace(b"fs.defaultFS", b"fs.other")

    code, page = check(tmp_path, files, "--lang", language)
    text = " ".join(page.split())

    assert code == 3
    assert "SVC-UNSET" in text
    assert after in text
    assert f" {other}" not in text
    assert reason in text.replace(" ", "") or reason in text
    assert doubt in text.replace(" ", "") or doubt in text
