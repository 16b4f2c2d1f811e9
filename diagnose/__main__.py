"""How does the process begin and end? `emr-diagnose` and `python -m diagnose` both start here.

This module imports nothing before Ctrl-C and SIGTERM are handled, because the imports of a command
take a tenth of a second.
"""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130
"""Exit code after Ctrl-C and SIGTERM."""

NEW_OBJECTS = 100_000
"""New objects after which Python searches for reference cycles, in place of its 700 or more.

Most objects of a command are modules, which all stay, so a search finds nothing to free. An offline
check makes fewer: tests/test_startup.py holds that, docs/benchmarks.md has what it saves.
"""

NOTICE = b"Interrupted before there was anything to report.\n"


def run() -> None:
    """Run the command line and end the process with its exit code.

    SIGTERM does what Ctrl-C does. Neither shows a traceback. Once the command has ended, both are
    ignored, so its exit code holds. Nothing is searched for cycles any more then: the process ends.
    """
    try:
        import gc
        import signal

        sys.unraisablehook = _unraisable
        signal.signal(signal.SIGTERM, _terminate)
        gc.set_threshold(NEW_OBJECTS)
        try:
            from diagnose.cli import main

            main()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            gc.freeze()
    except KeyboardInterrupt:
        _end(NOTICE)
    except RuntimeError as error:
        # Python 3.11 makes it of whatever `__set_name__` raises, while a class is made.
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        _end(NOTICE)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
        # Python may end by the signal itself if it came inside exec(), which dataclasses call.
        _end()


def _terminate(_number: int, _frame: object) -> None:
    """Do what Ctrl-C does now. A process in the background may ignore Ctrl-C, but not SIGTERM."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _unraisable(failure: sys.UnraisableHookArgs) -> None:
    """End the process if Ctrl-C came where Python cannot raise, such as in a destructor."""
    if issubclass(failure.exc_type, KeyboardInterrupt):
        _end(NOTICE)
    sys.__unraisablehook__(failure)


def _end(notice: bytes = b"") -> None:
    """End at once with 130. Modules that were not wholly imported are not cleaned up."""
    from contextlib import suppress

    with suppress(OSError, ValueError, AttributeError):  # a stream may be full or closed
        os.write(2, notice)
        sys.stdout.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    run()
