"""Are errors of the operating system said in the language of the process, with their symbol?"""

from __future__ import annotations

import errno
import os
import socket

import pytest

from diagnose.data.zh import sentences
from probes.language import use
from probes.os_words import os_words


@pytest.mark.parametrize(
    "number", [errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.ENOENT]
)
def test_english_keeps_the_words_of_the_c_library(number: int) -> None:
    assert os_words(OSError(number, os.strerror(number))) == os.strerror(number)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "连接被拒绝（ECONNREFUSED）"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "没有该文件或目录（ENOENT）"),
        (PermissionError(errno.EACCES, "Permission denied"), "权限不足（EACCES）"),
        (PermissionError(errno.EPERM, "Operation not permitted"), "不允许的操作（EPERM）"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "名称不存在（EAI_NONAME）"),
    ],
)
def test_chinese_adds_the_symbol(error: OSError, said: str) -> None:
    use("zh", sentences())

    assert os_words(error) == said


def test_an_error_without_a_number_or_a_translation_is_said_as_it_is() -> None:
    use("zh", sentences())

    assert os_words(OSError("of our own")) == "of our own"
    assert os_words(OSError(errno.ENOTTY, "Inappropriate ioctl for device")) == "Inappropriate ioctl for device"
    assert os_words(TimeoutError()) == "TimeoutError"
