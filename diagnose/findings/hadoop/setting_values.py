"""Which settings have a value that a program refuses, or takes as another one than was meant?

A client that refuses a value dials nobody. A server that refuses one does not start, if it has read
the file of the case. What the programs take is in `data/setting_values.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from diagnose.findings.hadoop.right_values import right_value
from diagnose.findings.hadoop.setting_forms import Condition, TakenValues, rows
from diagnose.findings.model import Confidence, Evidence, Finding, Severity
from diagnose.findings.values import origin_value
from diagnose.flows.client_files import CORE, JOB_CLIENT
from diagnose.flows.cluster import HDFS_FILES, View, view_of
from diagnose.flows.components import component
from diagnose.flows.hive import transport_mode
from diagnose.flows.hive_login import HADOOP_LOGIN, HIVE_LOGIN
from diagnose.flows.kerberos import uses_kerberos
from diagnose.flows.model import Read
from diagnose.flows.zookeeper import SERVER_FILES
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.files.hadoopconf import Configuration
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin

CODE = "HADOOP-CONF-VALUE"
RUNNING = "ComponentInstanceState"


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield HADOOP-CONF-VALUE for each such value, in the order of the table.

    The login of Hadoop has a code of its own.
    """
    config = view_of(scene.case)
    known = rows()
    used = {key for settings in scene.case.settings.values() for key in known.keys() & settings.keys()}
    for key, row in known.items():
        if key in used and key != HADOOP_LOGIN and (row.only is None or _HOLDS[row.only](config)):
            of_reader = (found for each in _readers(config, row) for found in _judged(scene, config, key, each))
            yield from islice(of_reader, 1)
    yield from _without_kerberos(scene, config)


def _readers(config: View, row: TakenValues) -> Iterator[TakenValues]:
    """Yield the row as one of a client, if clients read the value of a server too, and as it is."""
    if row.client_if is not None and _HOLDS[row.client_if](config):
        yield replace(row, side="client")
    yield row


def _judged(scene: Scene, config: View, key: str, row: TakenValues) -> Iterator[Finding]:
    held = _held(config, key, row)
    if held is None or row.takes(held.value):
        return
    right = row.meant(held.value)
    if row.reads is None:
        if not _has_started(scene, row):
            yield _finding(scene, config, key, row, held, right)
    elif right != row.reads:
        yield _finding(scene, config, key, row, held, right)


def _held(config: View, key: str, row: TakenValues) -> Read | None:
    """Return the value as it is written. None if it is empty, or has a variable in it.

    What the cluster itself has counts for a server.
    """
    for settings in _layers(config, key, row):
        setting = settings.setting(key)
        if setting is not None and setting.origin.line is not None:
            value = settings.get(key) or ""
            return Read(value, setting.origin) if value.strip() and "${" not in value else None
    return None


def _layers(config: View, key: str, row: TakenValues) -> Iterator[Configuration]:
    case = config.case
    if row.side == "server":
        yield from (case.listed_settings[file] for file in row.files if file in case.listed_settings)
    if CORE in row.files:
        yield config.effective(JOB_CLIENT)
    else:
        yield from (case.settings[file] for file in row.files if file in case.settings)


def _concerned(scene: Scene, row: TakenValues) -> list[Outcome]:
    return [o for o in scene.outcomes if o.flow.component in row.stops]


def _has_started(scene: Scene, row: TakenValues) -> bool:
    """Return True if packets show that the server runs."""
    return row.side == "server" and any(
        o.observed is not None and o.observed.state == "open" for o in _concerned(scene, row)
    )


def _is_said_to_run(scene: Scene, row: TakenValues) -> bool:
    """Return True if the cloud says that the server runs."""
    names = {name.casefold() for stopped in row.stops for name in component(stopped).instances}
    return any(s.field == RUNNING and s.name.casefold() in names and not s.is_down for s in scene.case.states)


def _may_differ(scene: Scene, config: View, key: str, row: TakenValues) -> bool:
    """Return True if the server may have read another value than the file of the case has.

    That file may be the copy of a client. The cloud's list of the cluster's values is none, and a
    port that refuses fits a server that did not start.
    """
    if row.side == "client":
        return False
    listed = (config.case.listed_settings.get(file) for file in row.files)
    if any(settings is not None and settings.setting(key) is not None for settings in listed):
        return False
    return not any(o.observed is not None and o.observed.state == "closed" for o in _concerned(scene, row))


def _disagrees(config: View, key: str, row: TakenValues, held: Read) -> Confidence | None:
    """Return how sure it is that the cluster takes another value than the client, if both have to
    agree. None if they agree.

    The file of the case is the cluster's own, or a copy in which the mistake was made.
    """
    for file in row.files if row.agree else ():
        listed = config.case.listed_settings.get(file)
        there = listed.setting(key) if listed is not None else None
        if listed is not None and there is not None:
            return "strong" if (listed.get(key) or "").strip().lower() == row.meant(held.value) else None
    return "inferred" if row.agree else None


def _finding(
    scene: Scene,
    config: View,
    key: str,
    row: TakenValues,
    held: Read,
    right: str | None,
    *,
    needs: str | None = None,
    confidence: Confidence = "strong",
) -> Finding:
    is_refused = row.reads is None
    is_running = row.side == "server" and _is_said_to_run(scene, row)
    is_copy = is_refused and not is_running and _may_differ(scene, config, key, row)
    required = [o.flow for o in _concerned(scene, row) if o.flow.need == "required"]
    # A server whose own port is refused has no flow.
    is_needed = bool(required) or any(config.need(component(name)) == "required" for name in row.stops)
    disagrees = None if is_refused else _disagrees(config, key, row, held)
    is_fault = is_refused or disagrees is not None or _hides_others(config, key, right)
    severity: Severity = "error" if is_fault and is_needed else "warning"
    origin = held.origin
    value = held.value.strip() if row.trims else held.value
    place = str(Origin(origin.file, origin.line, None))
    sets = tr("{place} sets {key} to {value}", place=place, key=origin.key, value=value)
    return Finding(
        code=CODE,
        severity=severity,
        confidence="inferred" if is_refused and (is_running or is_copy) else disagrees or confidence,
        cause="value-refused" if is_refused else "value-read-otherwise",
        params={
            "key": origin.key,
            "value": value,
            "right": right,
            "reads": row.reads,
            "form": row.form,
            "words": list(row.words),
            "side": row.side,
            "said": row.said,
            "running": is_running,
            "copy": is_copy,
            "needs": needs,
            "services": _services(row),
            "origin": origin_value(origin),
        },
        flows=tuple(flow.id for flow in required) if is_fault else (),
        evidence=(Evidence("line", place, sets, origin),),
        settle_by=tr("{key} in the {file} that the resource group and the nodes use", key=key, file=origin.file),
        values=() if right is None else (replace(right_value(config, origin.file, key, right), before=held.value),),
    )


def _services(row: TakenValues) -> tuple[str, ...]:
    """Return the title of the first component of each process."""
    titles: dict[str, str] = {}
    for name in row.stops:
        titles.setdefault(component(name).instances[0], component(name).title)
    return tuple(titles.values())


SWITCH = "yarn.resourcemanager.ha.enabled"


def _hides_others(config: View, key: str, right: str | None) -> bool:
    """Return True if a switch was meant to be on, so that clients dial another address."""
    ids = config.effective(JOB_CLIENT).get_list("yarn.resourcemanager.ha.rm-ids")
    return key == SWITCH and right == "true" and bool(ids)


def _without_kerberos(scene: Scene, config: View) -> Iterator[Finding]:
    """Yield a finding for a HiveServer2 with KERBEROS beside a Hadoop that does not use it.

    HiveServer2 then says "Unsupported authentication type KERBEROS". Which of the
    two files is wrong is not known.
    """
    row = rows()[HIVE_LOGIN]
    held, login = _held(config, HIVE_LOGIN, row), config.read(HADOOP_LOGIN, CORE)
    is_kerberos = held is not None and held.value.upper() == "KERBEROS"
    if held is None or not is_kerberos or not config.has(CORE) or config.is_unread(CORE) or uses_kerberos(config):
        return
    is_simple = login is None or login.value.lower() == "simple"
    if is_simple and transport_mode(config) != "http" and not _has_started(scene, row):
        yield _finding(scene, config, HIVE_LOGIN, row, held, None, needs=HADOOP_LOGIN, confidence="inferred")


_HOLDS: Mapping[Condition, Callable[[View], bool]] = {
    "kerberos": lambda config: (
        uses_kerberos(config)
        and (login := config.read(HIVE_LOGIN, *SERVER_FILES)) is not None
        and login.value.upper() != "NOSASL"
    ),
    "binary": lambda config: transport_mode(config) in ("binary", "all"),
    "http": lambda config: transport_mode(config) in ("http", "all"),
    "ha": lambda config: bool(config.words("dfs.nameservices", *HDFS_FILES)),
}
