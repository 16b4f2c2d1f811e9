"""Run one program as the child of this small process, and write what the kernel counted for it.

`python -I -S launcher.py REPORT PROGRAM ARGUMENT …` writes four numbers into the file REPORT:
wall time and processor time in seconds, the largest resident memory in KiB, and the exit code.

A new process starts with the largest memory of the process that made it (getrusage(2), ru_maxrss
outlives execve(2)). So the program is started from here, where that is a bare interpreter, and
not from the benchmark.
"""

from __future__ import annotations

import os
import sys
import time


def main(report: str, *command: str) -> None:
    started = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - started
    with open(report, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib would make this process larger
        file.write(f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss} {os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
