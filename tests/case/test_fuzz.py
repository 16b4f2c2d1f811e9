"""Given anything at all under the names of a case, then a case comes out, or a CaseError of one
printable line, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.case import directory
from diagnose.case.errors import CaseError
from diagnose.case.tree import Tree
from tests.support.api_answers import SHAPES
from tests.support.case_files import CLUSTER, INSTANCES, INTERFACES, NETWORKS, NODE_GROUPS, NODES, VSWITCH, xml
from tests.support.case_toml import WHOLE
from tests.support.group_answers import IN, OUT, listing, page, prefix_list

NAMES = (
    "a.json",
    "b/prl-1.json",
    "case.toml",
    "observations.json",
    "krb5.conf",
    "krb5.conf.d/x",
    "core-site.xml",
    "spark-defaults.conf",
    "spark-env.sh",
    "zoo.cfg",
    "hosts",
    "trino/config.properties",
    "x.keytab",
    "x.log",
    "no idea",
)
ANSWERS = [
    *SHAPES.values(),
    CLUSTER,
    INSTANCES,
    INTERFACES,
    NETWORKS,
    NODE_GROUPS,
    NODES,
    VSWITCH,
    page(IN, OUT),
    listing(2),
    prefix_list("10.0.0.0/8"),
]
ITEM = {"ConfigFileName": "core-site.xml", "ConfigItemKey": "k", "ConfigItemValue": 1, "ApplicationName": "HDFS"}
RECORDING = {
    "schema_version": "1",
    "observations": [{"flow": "f", "vantage": "v", "state": "open", "reason": "syn-ack"}],
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["10.0.0.1", "sg-1", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def read(files: dict[str, bytes]) -> None:
    try:
        case = directory.of_tree(Tree("case", files))
    except CaseError as error:
        assert str(error).isprintable()  # noqa: PT017 - either outcome is right
        assert error.file in files  # noqa: PT017
    else:
        assert {entry.file for entry in case.inputs} <= files.keys()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


@given(
    st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=5)
)
def test_arbitrary_bytes(files: dict[str, bytes]) -> None:
    read(files)


@settings(max_examples=400)
@given(data=st.data())
def test_answers_with_anything_in_the_place_of_a_value(data: st.DataObject) -> None:
    chosen = data.draw(
        st.lists(st.sampled_from([*ANSWERS, {"ApplicationConfigs": [ITEM]}, RECORDING]), min_size=1, max_size=4)
    )
    answers = copy.deepcopy(chosen)
    spots = [spot for answer in answers for spot in places(answer)]
    for container, key in data.draw(st.lists(st.sampled_from(spots), max_size=3)) if spots else ():
        if (isinstance(container, dict) and key in container) or (isinstance(container, list) and key < len(container)):
            container[key] = data.draw(JSON)
    read(
        {
            f"{index}.json": json.dumps(answer, indent=data.draw(st.sampled_from([None, 1]))).encode()
            for index, answer in enumerate(answers)
        }
    )


@settings(max_examples=200)
@given(data=st.data())
def test_files_with_a_piece_of_them_replaced(data: st.DataObject) -> None:
    samples = {
        "case.toml": WHOLE.encode(),
        "a.json": json.dumps(page(IN, OUT), indent=1).encode(),
        "observations.json": json.dumps(RECORDING, indent=1).encode(),
        "core-site.xml": xml(a="1", b="${a}").encode(),
        "krb5.conf": b"includedir /krb5.conf.d\n[realms]\n A = {\n kdc = h\n }\n",
        "krb5.conf.d/x": b"[libdefaults]\n default_realm = A\n",
        "hosts": b"10.0.0.1 a b\n",
    }
    name = data.draw(st.sampled_from(sorted(samples)))
    raw = samples[name]
    start = data.draw(st.integers(0, len(raw)))
    piece = data.draw(
        st.binary(max_size=6) | st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\n", b"=", b"[[", b"'''"])
    )
    read(samples | {name: raw[:start] + piece + raw[start + data.draw(st.integers(0, 8)) :]})
