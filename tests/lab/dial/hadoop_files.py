"""Which Hadoop configurations are held against the real client? Equal seeds give equal ones."""

from __future__ import annotations

import random
from typing import Final

from tests.lab.dial.site_files import (
    CORE,
    GOOD,
    HDFS,
    HOSTS,
    MAPRED,
    MASTER,
    PROVIDER,
    YARN,
    Files,
    Makers,
    authority,
)

SERVICES: Final = ("hdfs-cluster", "mapped", "emr.cluster", "HDFS-Cluster", "hdfs_cluster")


def _default_fs(chance: random.Random, files: Files) -> None:
    """Set one NameNode, in every spelling of fs.defaultFS."""
    scheme = chance.choice(("hdfs://",) * 8 + ("", "HDFS://", "hdfs:", "hdfs:/"))
    user = "user@" if chance.random() < 0.1 else ""
    tail = chance.choice(("",) * 4 + ("/", "/user/x", "/?a=b"))
    value = chance.choice((f"{scheme}{user}{authority(chance)}{tail}",) * 12 + ("", None, "local", "/", "/user"))
    files.set(CORE, "host", "nn.example.com")
    files.set(CORE, chance.choice(("fs.defaultFS",) * 4 + ("fs.default.name",)), value)
    if chance.random() < 0.3:
        files.set(HDFS, "dfs.namenode.rpc-address", authority(chance))


def _other_fs(chance: random.Random, files: Files) -> None:
    """Set a default file system that is none of HDFS."""
    value = chance.choice(("file:///", "file:/tmp", "viewfs://cluster/", "viewfs:///", "file://host/x"))
    files.set(CORE, "fs.defaultFS", value)
    if chance.random() < 0.5:
        files.set(HDFS, "dfs.namenode.rpc-address", authority(chance))


def _nameservice(chance: random.Random, files: Files) -> None:
    """Set HA, whole or with a part missing or odd."""
    service = chance.choice(SERVICES[:3] if chance.random() < 0.8 else SERVICES)
    asked = service if chance.random() < 0.85 else chance.choice((*SERVICES, service.upper(), "nowhere"))
    port = chance.choice(("",) * 5 + (":8020", ":9000", ":", ":0", ":99999"))
    files.set(CORE, "fs.defaultFS", f"hdfs://{'user@' if chance.random() < 0.05 else ''}{asked}{port}")
    missing = chance.choice(("nothing",) * 6 + ("nameservices", "ids", "provider", "address", "addresses"))
    if missing != "nameservices":
        files.set(HDFS, "dfs.nameservices", service if chance.random() < 0.8 else f"other, {service}")
    ids = chance.choice((("nn1", "nn2"),) * 4 + (("nn1",), ("nn1", "nn2", "nn3")))
    if missing != "ids":
        files.set(HDFS, f"dfs.ha.namenodes.{service}", chance.choice((",", ", ", "\n")).join(ids))
    good = [MASTER, "nn.example.com", "nn-2.example.com", "10.9.8.7"]
    chance.shuffle(good)
    for number, name in enumerate(ids):
        if missing == "addresses" or (missing == "address" and number == 0):
            continue
        address = good[number] + chance.choice((":8020", ":8020", ":9000", ""))
        if chance.random() < 0.15:
            address = authority(chance)
        files.set(HDFS, f"dfs.namenode.rpc-address.{service}.{name}", address)
    if missing != "provider":
        files.set(HDFS, f"dfs.client.failover.proxy.provider.{service}", PROVIDER)


def _single_nameservice(chance: random.Random, files: Files) -> None:
    """Set a nameservice with one NameNode, with or without the provider that makes it one."""
    service = chance.choice(SERVICES[:3])
    files.set(CORE, "fs.defaultFS", f"hdfs://{service}{chance.choice(('', '', ':8020', ':9000'))}")
    files.set(HDFS, "dfs.nameservices", service)
    key = chance.choice((f"dfs.namenode.rpc-address.{service}", "dfs.namenode.rpc-address"))
    files.set(HDFS, key, chance.choice(GOOD) + chance.choice((":8020", ":9000", "")))
    if chance.random() < 0.5:
        files.set(HDFS, f"dfs.client.failover.proxy.provider.{service}", PROVIDER)


def _yarn(chance: random.Random, files: Files) -> None:
    """Set one ResourceManager."""
    files.set(CORE, "host", "rm.example.com")
    files.set(YARN, "yarn.resourcemanager.hostname", None)
    if chance.random() < 0.6:
        host = chance.choice(GOOD if chance.random() < 0.4 else HOSTS)
        files.set(YARN, "yarn.resourcemanager.hostname", host)
    if chance.random() < 0.6:
        value = chance.choice(
            (authority(chance),) * 6 + ("", " rm.example.com:8032 ", "${yarn.resourcemanager.hostname}:8050")
        )
        files.set(YARN, "yarn.resourcemanager.address", value)


def _yarn_ha(chance: random.Random, files: Files) -> None:
    """Set two ResourceManagers, whole or with a part missing or odd."""
    enabled = chance.choice(("true",) * 7 + ("false", "TRUE", "yes", " true ", None))
    files.set(YARN, "yarn.resourcemanager.ha.enabled", enabled)
    ids = chance.choice((("rm1", "rm2"),) * 6 + (("rm1",), ("rm1", "rm2", "rm3"), ()))
    if chance.random() < 0.93:
        files.set(YARN, "yarn.resourcemanager.ha.rm-ids", chance.choice((",", ", ")).join(ids))
    if chance.random() < 0.7:
        files.set(YARN, "yarn.resourcemanager.cluster-id", "cluster")
    form = chance.choice(("hostname", "address", "both", "mixed", "none"))
    if chance.random() < 0.15:
        files.set(YARN, "yarn.resourcemanager.hostname", "rm.example.com")
    if chance.random() < 0.1:
        files.set(YARN, "yarn.resourcemanager.address", "nn.example.com:8032")
    good = [MASTER, "rm.example.com", "rm-2.example.com", "10.9.8.7"]
    chance.shuffle(good)
    for number, name in enumerate(ids):
        host = good[number] if chance.random() < 0.85 else chance.choice(HOSTS)
        if form in ("hostname", "both") or (form == "mixed" and number == 0):
            files.set(YARN, f"yarn.resourcemanager.hostname.{name}", host)
        if form in ("address", "both") or (form == "mixed" and number == 1):
            port = chance.choice((":8032", ":8032", ":8050", ""))
            files.set(YARN, f"yarn.resourcemanager.address.{name}", f"{host}{port}")


def _history(chance: random.Random, files: Files) -> None:
    """Set a JobHistory server."""
    files.set(MAPRED, "mapreduce.jobhistory.address", chance.choice((authority(chance),) * 6 + ("", None)))
    files.set(CORE, "host", "nn.example.com")
    if chance.random() < 0.5:
        files.set(MAPRED, "mapreduce.framework.name", "yarn")


def _overlap(chance: random.Random, files: Files) -> None:
    """Set one key in several files, or twice in one, sometimes final."""
    key, prefix, suffix, places = chance.choice(
        (
            ("fs.defaultFS", "hdfs://", ":9000", (CORE, HDFS)),
            ("yarn.resourcemanager.address", "", ":8032", (CORE, YARN)),
            ("yarn.resourcemanager.address", "", ":8032", (MAPRED, YARN)),
            ("yarn.resourcemanager.hostname", "", "", (CORE, YARN)),
            ("mapreduce.jobhistory.address", "", ":10020", (CORE, MAPRED)),
            ("mapreduce.jobhistory.address", "", ":10020", (MAPRED, YARN)),
            ("fs.default.name", "hdfs://", ":9000", (CORE, HDFS)),
        )
    )
    twice = (places[0],) if chance.random() < 0.3 else ()
    skipped = places[1] if chance.random() < 0.3 else None
    for file in (*places[:1], *twice, *places[1:]):
        if file == skipped:
            files.set(file, key, None)
            continue
        empty = chance.random() < 0.15
        value = "" if empty else f"{prefix}{chance.choice(GOOD)}{suffix}"
        files.set(file, key, value, final=chance.random() < 0.3)


def _variables(chance: random.Random, files: Files) -> None:
    """Set values that are made of others."""
    files.set(CORE, "a", chance.choice(("nn.example.com", "${b}", "${a}", "nn.${c}", "")))
    files.set(chance.choice((CORE, HDFS)), "b", chance.choice(("rm.example.com", "${a}", "${env.NOWHERE:-10.9.8.7}")))
    files.set(CORE, "c", "example.com")
    host = chance.choice(("${a}", "${b}", "nn.${c}", "${ a}", "$a", "${env.NOWHERE-10.9.8.7}", "${env.NOWHERE}", "${}"))
    key, file, text = chance.choice(
        (
            ("fs.defaultFS", CORE, f"hdfs://{host}:9000"),
            ("yarn.resourcemanager.hostname", YARN, host),
            ("yarn.resourcemanager.address", YARN, f"{host}:8032"),
            ("mapreduce.jobhistory.address", MAPRED, f"{host}:10020"),
        )
    )
    files.set(file, key, text)


def _broken(chance: random.Random, files: Files) -> None:
    """Spoil a file: it is no XML, or none of Hadoop's."""
    files.set(CORE, "fs.defaultFS", "hdfs://nn.example.com:9000")
    files.set(HDFS, "dfs.replication", "3")
    files.set(YARN, "yarn.resourcemanager.hostname", "rm.example.com")
    spoil = chance.choice(
        (
            lambda text: text.replace("</property>", "", 1),
            lambda text: text.replace("</configuration>", ""),
            lambda text: text + "<configuration></configuration>",
            lambda text: text + "trailing",
            lambda text: "leading" + text,
            lambda text: text.replace("</value>", "</valeu>", 1),
            lambda text: text.replace("<value>", "<<<<<<< HEAD\n<value>", 1),
            lambda text: text.replace("hdfs:", "&nbsp;hdfs:").replace("rm.", "&nbsp;rm.").replace(">3<", ">&3<"),
            lambda text: "",
            lambda text: text.replace("</configuration>", "<!-- a -- b --></configuration>"),
            lambda text: "\ufeff" + text,
            lambda text: text.replace("configuration>", "config>"),
        )
    )
    files.spoiled[chance.choice((CORE, HDFS, YARN))] = spoil


MAKERS: Final[Makers] = {
    "default-fs": _default_fs,
    "nameservice": _nameservice,
    "yarn": _yarn,
    "yarn-ha": _yarn_ha,
    "history": _history,
    "overlap": _overlap,
    "default-fs-again": _default_fs,
    "single-nameservice": _single_nameservice,
    "yarn-again": _yarn,
    "variables": _variables,
    "nameservice-again": _nameservice,
    "broken": _broken,
    "other-fs": _other_fs,
}
