"""Which metastores and which HiveServer2 must be reachable?"""

from __future__ import annotations

import re

from diagnose.case.model import Node, Skipped
from diagnose.flows.authority import is_this_machine, split_authority
from diagnose.flows.client_files import SPARK_PREFIX
from diagnose.flows.cluster import View
from diagnose.flows.components import Component, component
from diagnose.flows.endpoints import (
    Found,
    bad_setting,
    dialled,
    is_wildcard,
    lacking,
    other_service,
    port_number,
    served,
    split,
    undecided,
)
from diagnose.flows.model import BadSetting, Need, Read
from diagnose.flows.zookeeper import HIVE_FILES, SERVER_FILES, quorum
from probes.files.hadoopconf.numbers import read_integer
from probes.frozen import replace
from probes.language import marked, semicolons, tr
from probes.origin import Origin

URIS = ("hive.metastore.uris", "metastore.thrift.uris")
"""Where the metastores stand.

Clients before Hive 3.0, such as those of Spark, know the first. Later ones take the second, and the
first if the second is not set: MetastoreConf.getVar, run with Hive 3.1.3.
"""

SPARK_FILE = "spark-defaults.conf"
"""File with settings of Spark, among them those that it lays over the files of Hive."""

HIVE_3 = 3
"""Generation of Hadoop that has Hive 3 beside it: EMR 5."""

DISCOVERY = ("metastore.service.discovery.mode", "hive.metastore.service.discovery.mode")
PORTS = ("metastore.thrift.port", "hive.metastore.port")
TRANSPORT_MODE = "hive.server2.transport.mode"
_CLIENT_FACTORY = "hive.imetastoreclient.factory.class"


def flows(view: View) -> Found:
    """Yield the metastore of every URI, then HiveServer2. zookeeper.py has the
    service discovery."""
    yield from metastores(view)
    yield from hiveserver2(view)


def metastores(view: View) -> Found:
    found = component("hive-metastore")
    lake = _data_lake_formation(view)
    if lake:
        yield Skipped(found.title, lake, "")
        return
    unread = view.unread(HIVE_FILES[0])
    if unread is not None:
        yield from undecided(view, found, unread, view.need(found))
        return
    settings = _uris(view)
    uris = settings[0] if settings else None
    if uris is None and view.has(HIVE_FILES[0]):
        cause = tr(
            "{file} sets no hive.metastore.uris, so a client opens the database of the metastore itself",
            file=HIVE_FILES[0],
        )
        yield Skipped(found.title, cause, "")
        return
    if uris is None:
        yield from served(view, found, _port_only(view, "hive.metastore.port", HIVE_FILES))
        return
    mode = _first(view, *DISCOVERY)
    if mode is not None and "://" not in uris.value:
        yield from _discovered(view, found, uris, mode)
        return
    for setting in settings:
        yield from _of_uris(view, found, setting, why=None if len(settings) == 1 else _taken_by(setting))


def _uris(view: View) -> list[Read]:
    """Return the settings that the clients of this cluster take. Several only if they differ.

    Spark lays spark.hadoop.* of its own file over the files of Hive.
    """
    own = _uris_of_hive(view)
    spark = view.read(f"{SPARK_PREFIX}{URIS[0]}", SPARK_FILE)
    is_used = view.engines is None or "spark" in view.engines
    if spark is None or not is_used or any(_parts(spark) == _parts(read) for read in own):
        return own
    return [spark] if view.engines == frozenset({"spark"}) else [*own, spark]


def _uris_of_hive(view: View) -> list[Read]:
    """Return the settings in the files of Hive that clients take.

    Beside Hadoop 3 stands Hive 3. Beside an older or unknown Hadoop there may be Hive 2, whose
    clients take the first setting.
    """
    earlier, later = (view.read(key, *HIVE_FILES) for key in URIS)
    if earlier is None or later is None or _parts(earlier) == _parts(later):
        return [read for read in (earlier, later) if read is not None][:1]
    if view.engines is not None and "spark" not in view.engines and view.generation == HIVE_3:
        return [later]
    return [earlier] if view.engines == frozenset({"spark"}) else [later, earlier]


def _taken_by(read: Read) -> str:
    if read.origin.file.endswith(SPARK_FILE):
        return tr("Spark takes {key}, whatever {other} says", key=read.origin.key, other=URIS[0])
    if read.origin.key == URIS[0]:
        return tr("Spark takes {key}, whatever {other} says", key=URIS[0], other=URIS[1])
    return tr("clients from Hive 3.0 on take {other} before {key}", key=URIS[0], other=URIS[1])


def _parts(uris: Read, separator: str = ",") -> list[str]:
    return [uri.strip() for uri in re.split(separator, uris.value) if uri.strip()]


def _of_uris(view: View, found: Component, uris: Read, why: str | None) -> Found:
    """Yield the metastore of every URI of one setting."""
    given = _parts(uris)
    if ";" in uris.value:
        yield _spaced(found, uris, _parts(uris, "[,;]"), view.need(found), between=";")
        return
    if _written(view, uris) != ",".join(given):
        yield _spaced(found, uris, given, view.need(found))
        return
    for uri in given:
        for one in _metastore(view, found, uri, uris, why):
            yield replace(one, right=_right_uris(view, found, given, one)) if isinstance(one, BadSetting) else one


def _first(view: View, *keys: str) -> Read | None:
    """Return the value of the first of these keys that the files of Hive set."""
    return next((read for key in keys if (read := view.read(key, *HIVE_FILES)) is not None), None)


def _discovered(view: View, found: Component, servers: Read, mode: Read) -> Found:
    """Yield ZooKeeper, and the metastores that it names.

    Clients from Hive 4.0 on ask the servers of the URIs for a metastore. Earlier ones do not know
    the mode, and take those servers for metastores: measured with Hive 3.1.3.
    Sources: HiveMetaStoreClient.resolveUris and MetastoreConf.getZKConfig, Hive 4.0.1.
    """
    need = view.need(found)
    if mode.value.lower() != "zookeeper":
        cause = tr("{origin} says {value!r}, which is no way to find a metastore", origin=mode.origin, value=mode.value)
        yield from lacking(view, found, cause, tr("zookeeper, or no value"), need)
        return
    why = tr("clients ask it for a running Hive metastore, because {origin} is zookeeper", origin=mode.origin)
    port = _first(view, "metastore.zookeeper.client.port", "hive.zookeeper.client.port")
    yield from quorum(view, servers, port, need, why)
    known = next((read for key in PORTS if (read := _port_only(view, key, HIVE_FILES)) is not None), None)
    guess = tr("no answer lists its instances, and EMR runs it on master nodes")
    yield from served(view, found, known or Read("*", mode.origin), nodes=view.masters(), guess=guess)
    release = tr("{origin} is zookeeper, which clients before Hive 4.0 do not know", origin=mode.origin)
    yield from lacking(view, found, release, tr("the release of Hive in the clients: hive --version"), need)


def _right_uris(view: View, found: Component, given: list[str], bad: BadSetting) -> str | None:
    """Return the value to write, or None if it is not known.

    - One URI at no machine of the cluster: every metastore that ListComponentInstances shows.
    - Several URIs: unknown, because the right value of one of them is not that of the setting.
    """
    if len(given) > 1:
        return None
    hosts = [view.names.host_of(node) for node in view.running(found)]
    if bad.right is None and bad.fault in ("loopback", "unset") and hosts:
        port = view.usual_port(found)
        return ",".join(f"thrift://{host}:{port}" for host in hosts) if port else None
    return bad.right


def _written(view: View, read: Read) -> str:
    """Return the value with its spaces and line ends, which a client of the metastore keeps."""
    for file in HIVE_FILES:
        configuration = view.case.settings.get(file)
        setting = configuration.setting(read.origin.key or "") if configuration is not None else None
        if configuration is not None and setting is not None and setting.origin == read.origin:
            return configuration.get(setting.key) or ""
    return read.value


def _spaced(found: Component, uris: Read, given: list[str], need: Need, between: str = ", ") -> BadSetting:
    """Return the finding for URIs with a space, a semicolon or an empty item between them.

    Source: HiveMetaStoreClient, Hive 3.1.3: it cuts at commas and gives each part to java.net.URI,
    which takes no space; an empty part has no scheme.
    """
    plain = [f"{scheme}{separator}{rest.rpartition('@')[2]}" for scheme, separator, rest in map(_scheme, given)]
    return BadSetting(
        fault="authority",
        component=found.key,
        service=found.title,
        need=need,
        value=between.join(plain),
        origin=uris.origin,
        right=",".join(plain) or None,
    )


def _scheme(uri: str) -> tuple[str, str, str]:
    """Return scheme, separator and rest. Without a separator all is the rest."""
    scheme, separator, rest = uri.partition("://")
    return (scheme, separator, rest) if separator else ("", "", scheme)


def _metastore(view: View, found: Component, uri: str, uris: Read, why: str | None) -> Found:
    """Yield the flow of one URI. HiveMetaStoreClient refuses one without scheme or port."""
    _, separator, rest = _scheme(uri)
    authority = Read(rest.partition("/")[0], uris.origin)
    if not separator:
        at = split_authority(authority.value)
        yield bad_setting(view, found, "authority", authority, at, right=f"thrift://{at.host}:{at.port or 9083}")
        return
    yield from dialled(view, found, authority, default=None, why=why, scheme="thrift://")


def metastore_nodes(view: View) -> tuple[Node, ...]:
    """Return the nodes of the cluster that hive.metastore.uris names."""
    uris = view.read("hive.metastore.uris", *HIVE_FILES)
    hosts = (
        [split_authority(uri.strip().partition("://")[2].rstrip("/")).host for uri in uris.value.split(",")]
        if uris
        else []
    )
    nodes = [view.names.place(host).node for host in hosts if host]
    return tuple(dict.fromkeys(node for node in nodes if node is not None))


def likely_servers(view: View) -> tuple[tuple[Node, ...], str]:
    """Return where a SQL server probably runs, and why, if no answer lists instances.

    EMR puts it beside the metastore, on masters.
    """
    nodes = metastore_nodes(view)
    if nodes:
        return nodes, tr("no answer lists its instances, and EMR runs it beside the metastore")
    return view.masters(), tr("no answer lists its instances, and EMR runs it on master nodes")


def hiveserver2(view: View) -> Found:
    """Yield the flows to HiveServer2.

    `hive.server2.transport.mode` decides the port: binary (default), http, or all for both. Of two
    ports a client dials one: the binary one, unless its own address says HTTP.
    """
    unread = view.unread(*SERVER_FILES)
    if unread is not None:
        found = component("hiveserver2")
        yield from undecided(view, found, unread, view.need(found))
        return
    word = transport_mode(view)
    for key, modes in (("hiveserver2", ("binary", "all")), ("hiveserver2-http", ("http", "all"))):
        if word not in modes:
            continue
        found = component(key)
        need, why = _beside_binary(view, found) if word == "all" and key != "hiveserver2" else (view.need(found), None)
        wrong = _other_port(view, found) if need == "required" else None
        if wrong is not None:
            yield wrong
            continue
        port = _port_only(view, found.setting or "", SERVER_FILES)
        bind = view.read("hive.server2.thrift.bind.host", *SERVER_FILES)
        own = bind is not None and not is_wildcard(bind.value) and not is_this_machine(bind.value)
        if bind is not None and own and not view.running(found):
            value = f"{bind.value}:{split(port.value)[1]}" if port else bind.value
            yield from served(view, found, Read(value, port.origin if port else bind.origin), need=need, why=why)
            continue
        nodes, guess = likely_servers(view)
        yield from served(view, found, port or _shown(view), nodes=nodes, guess=guess, need=need, why=why)


def transport_mode(view: View) -> str:
    """Return the mode that HiveServer2 takes: binary for every word that it does not know.

    It compares the value with its blanks, in any case of letters: HiveServer2.isHTTPTransportMode,
    run with Hive 3.1.3.
    """
    for file in SERVER_FILES:
        settings = view.case.settings.get(file)
        word = (settings.get(TRANSPORT_MODE) or "").lower() if settings is not None else ""
        if word.strip():
            return word if word in ("http", "all") else "binary"
    return "binary"


def _beside_binary(view: View, found: Component) -> tuple[Need, str]:
    """Return need and reason of the port for HTTP of a server that takes both modes."""
    return "optional", semicolons((found.reason, tr("needed only by clients in HTTP mode, beside the binary port")))


def _other_port(view: View, found: Component) -> BadSetting | None:
    """Return the setting of a required HiveServer2 that names the port of another service.

    None for the port of its other mode: the answer on it tells which mode it is.
    """
    read = view.read(found.setting or "", *SERVER_FILES)
    number = port_number(read.value) if read is not None else None
    if read is None or number is None or view.need(found) != "required":
        return None
    other, usual = other_service(view, found, number), view.usual_port(found)
    if other is None or other.key.removesuffix("-http") == found.key.removesuffix("-http"):
        return None
    right, sure = str(usual) if usual else None, number == view.usual_port(other)
    return BadSetting(
        "other-service", found.key, found.title, "required", str(number), read.origin, right, other.title, sure=sure
    )


def _port_only(view: View, key: str, files: tuple[str, ...]) -> Read | None:
    """Return a port setting in the form of an address that listens everywhere.

    Hadoop reads 0x2710 as a number as well.
    """
    read = view.read(key, *files)
    number = read_integer(read.value) if read else None
    return Read(f"*:{read.value if number is None else number}", read.origin) if read else None


def _shown(view: View) -> Read | None:
    """Return a default-port address if hive-site.xml is there without a port."""
    return Read("*", Origin(HIVE_FILES[0])) if view.has(HIVE_FILES[0]) else None


def _data_lake_formation(view: View) -> str | None:
    """Return what says that the metadata is in DLF, or None.

    Either the metadata type of the cluster, or the client class that EMR configures for DLF.
    """
    if (view.case.cluster.metadata or "").strip().upper() == "DLF":
        return tr(
            "the cluster's metadata type is DLF: "
            "table definitions are in Data Lake Formation, not in a process of the cluster"
        )
    factory = view.read(_CLIENT_FACTORY, *HIVE_FILES)
    if factory is None or "dlf" not in factory.value.lower():
        return None
    names_it = marked(
        "{origin} names the DLF client: table definitions are in Data Lake Formation, not in a process of the cluster"
    )
    return tr(names_it, origin=factory.origin)
