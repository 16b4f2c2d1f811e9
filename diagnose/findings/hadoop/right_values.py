"""Where does the value that repairs a finding have to stand?"""

from __future__ import annotations

from diagnose.findings.model import RightValue
from diagnose.flows.cluster import View


def right_value(config: View, file: str, key: str, after: str | None) -> RightValue:
    """Return what has to change in the file of this name. `after`: None takes the key away.

    A value that only an answer of the cloud has stands on no line of a file.
    """
    own, every = config.case.file_settings.get(file), config.case.settings.get(file)
    here = None if own is None else own.setting(key)
    if own is not None and here is not None:
        origin = here.origin
        return RightValue(origin.file, origin.line, origin.key or key, (own.get(key) or "").strip(), after)
    listed = None if every is None else every.get(key)
    return RightValue(file, None, key, None if listed is None else listed.strip(), after)
