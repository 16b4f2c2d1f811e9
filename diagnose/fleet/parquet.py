"""How do the lines of a run become a Parquet file, with one row a case?

Columns have the names of the fields, lists stay lists. pyarrow writes it (extra "parquet"). Its
threads begin after the processes that diagnose have ended, because a fork beside threads may hang.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from diagnose.fleet.record import FleetRecord

LIBRARY: Final = "pyarrow"
EXTRA: Final = "parquet"

ROWS: Final = 2000
"""Rows of a group, which are in memory at once."""

_PLAIN: Final = {str: "string", bool: "bool_", int: "int64", float: "float64"}


def write(records: Iterable[FleetRecord], path: Path) -> None:
    """Write the file whole or not at all. OSError if that fails."""
    arrow: Any = import_module(LIBRARY)
    parquet: Any = import_module(f"{LIBRARY}.parquet")
    schema = schema_of(arrow)
    part = path.with_name(f"{path.name}.part")
    try:
        with parquet.ParquetWriter(str(part), schema, compression="zstd") as writer:
            for rows in _groups(records):
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
        os.replace(part, path)  # noqa: PTH105 - the same call, beside the one that may fail
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def schema_of(arrow: Any) -> Any:
    """Return the schema of Arrow that the fields of a line have."""
    return arrow.schema([arrow.field(name, kind) for name, kind in _columns(arrow, FleetRecord)])


def _groups(records: Iterable[FleetRecord]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(records)
    while rows := [msgspec.to_builtins(record) for record in islice(rest, ROWS)]:
        yield rows


def _columns(arrow: Any, struct: type) -> Iterator[tuple[str, Any]]:
    for name, kind in get_type_hints(struct).items():
        yield name, _type(arrow, kind)


def _type(arrow: Any, kind: Any) -> Any:
    """Return the type of Arrow for a field's type: plain, optional, a list, or a struct."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (each for each in get_args(kind) if each is not type(None))
        return _type(arrow, inner)
    if origin is Literal:
        return _type(arrow, type(get_args(kind)[0]))
    if origin is list:
        return arrow.list_(_type(arrow, get_args(kind)[0]))
    if kind in _PLAIN:
        return getattr(arrow, _PLAIN[kind])()
    return arrow.struct([arrow.field(name, inner) for name, inner in _columns(arrow, kind)])
