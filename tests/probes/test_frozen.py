"""Is a class with slots what `dataclasses` would have made of it?"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any, get_type_hints

import msgspec
import pytest

from probes.frozen import frozen, mutable
from probes.frozen import replace as frozen_replace

MAKERS = [frozen, dataclass(frozen=True, slots=True)]
"""Ours, and the one that it must equal."""


def place(make: Callable[[type[Any]], type[Any]]) -> type[Any]:
    """Return a class with every kind of field, made by one of them."""

    class Place:
        """A place."""

        file: str
        line: int | None = None
        names: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False, repr=False)
        seen: dict[str, int] = field(default_factory=dict, init=False, compare=False)
        kind: str = field(default="file", init=False)

        def __post_init__(self) -> None:
            self.seen["made"] = 1

    return make(Place)


@frozen
class Point:
    """A point."""

    x: int
    y: int = 0


@frozen
class Named(Point):
    """A point with a name."""

    name: str = ""


CHANGING = [mutable, dataclass(slots=True, eq=False)]
"""Makers of classes whose fields can be set: ours, and the one that it must equal."""


@pytest.mark.parametrize("make", CHANGING)
def test_fields_of_a_mutable_object_can_be_set_and_it_equals_itself_alone(make: Any) -> None:
    made = place(make)
    one, other = made("a", note="x"), made("a", note="x")
    one.line = 7
    one.names.append("n")
    assert (one.line, other.line, other.names, one.seen) == (7, None, [], {"made": 1})
    assert one != other
    assert len({one, other, one}) == 2
    assert repr(one).endswith("Place(file='a', line=7, names=['n'], seen={'made': 1}, kind='file')")
    with pytest.raises(AttributeError):
        one.other = 1
    with pytest.raises(TypeError):
        made()


@pytest.mark.parametrize("make", CHANGING)
def test_a_mutable_object_is_copied_replaced_and_described_like_a_dataclass(make: Any) -> None:
    made = place(make)
    one = replace(made("a"), line=3)
    twin = copy.copy(one)
    twin.line = 4
    assert (one.line, twin.line, [each.name for each in fields(made)][:2]) == (3, 4, ["file", "line"])


@pytest.mark.parametrize("make", MAKERS)
def test_it_takes_the_same_arguments_and_shows_them_alike(make: Any) -> None:
    made = place(make)
    assert repr(made("a")).endswith("Place(file='a', line=None, names=[], seen={'made': 1}, kind='file')")
    assert made("a", 2, ["n"], "x").names == ["n"]
    assert made(file="a", note="x").note == "x"
    for wrong in ({}, {"file": "a", "kind": "b"}, {"file": "a", "other": 1}):
        with pytest.raises(TypeError):
            made(**wrong)


@pytest.mark.parametrize("make", MAKERS)
def test_each_value_has_its_own_default_containers(make: Any) -> None:
    one, other = place(make)("a"), place(make)("a")
    assert one.names is not other.names
    assert one.seen is not other.seen


@pytest.mark.parametrize("make", MAKERS)
def test_values_are_equal_by_the_fields_that_are_compared_and_only_to_their_own_class(make: Any) -> None:
    made = place(make)
    assert made("a", 1, note="x") == made("a", 1, note="y")
    assert made("a", 1) != made("a", 2)
    assert made("a") != place(make)("a")


@pytest.mark.parametrize("make", MAKERS)
def test_nothing_of_a_value_can_be_set_or_deleted(make: Any) -> None:
    value = place(make)("a")
    with pytest.raises(FrozenInstanceError, match="field 'file'"):
        value.file = "b"
    with pytest.raises(FrozenInstanceError, match="field 'file'"):
        del value.file
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        value.other = 1
    assert not hasattr(value, "__dict__")


def test_classes_with_alike_fields_take_arguments_of_their_own() -> None:
    @frozen
    class Route:
        """A class with the fields of Point, under other names."""

        target: int
        hops: int = 9

    assert (Route(1), Point(1)) == (Route(target=1, hops=9), Point(x=1, y=0))
    with pytest.raises(TypeError, match=r"Route.__init__\(\) missing 1 required positional argument: 'target'"):
        Route()  # type: ignore[call-arg]


def test_classes_that_take_as_many_fields_share_the_code_of_init_which_is_compiled_once() -> None:
    class Counted:
        names: list[str] = field(default_factory=list)
        note: str = ""
        kind: str = field(default="file", init=False)

    counted: Any = frozen(Counted)
    point = Point(1)
    assert (counted().names, counted(note="a").note, counted().kind) == ([], "a", "file")
    init: Any = counted.__init__
    assert init.__wrapped__.__code__.co_code == type(point).__init__.__code__.co_code


@pytest.mark.parametrize("make", MAKERS)
def test_a_class_is_described_before_its_first_value_as_well(make: Any) -> None:
    made = place(make)
    assert len(fields(made)) == 6
    assert made("a").names == []


def test_a_class_without_fields_has_one_value() -> None:
    @frozen
    class Nothing:
        """Nothing."""

    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


def test_equal_values_have_one_hash_and_find_each_other() -> None:
    assert {Point(1): "here"}[Point(1, 0)] == "here"
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_a_subclass_has_the_fields_of_both_and_is_not_equal_to_its_base() -> None:
    assert Named(1, 2, "n") == Named(1, 2, "n")
    assert Named(1, 2) != Point(1, 2)
    assert [each.name for each in fields(Named)] == ["x", "y", "name"]


def test_it_is_a_dataclass_to_all_that_take_one() -> None:
    assert [is_dataclass(each) for each in (Point, Point(1))] == [True, True]
    assert replace(Point(1, 2), y=3) == Point(1, 3)
    assert Point.__match_args__ == ("x", "y")
    assert msgspec.convert({"x": 1}, Point) == Point(1)
    assert msgspec.json.encode(Point(1, 2)) == b'{"x":1,"y":2}'
    assert pickle.loads(pickle.dumps(Named(1, 2, "n"))) == Named(1, 2, "n")
    assert copy.deepcopy(Point(1)) == Point(1)


@pytest.mark.parametrize("change", [replace, frozen_replace])
def test_a_changed_copy_is_made_like_a_new_value(change: Any) -> None:
    made = place(frozen)
    one = made("a", 1, ["n"], "x")
    other = change(one, line=2, note="y")
    assert (other.file, other.line, other.note) == ("a", 2, "y")
    assert other.names is one.names
    assert other.seen is not one.seen
    assert (one.line, change(Named(1, 2, "n"), name="m")) == (1, Named(1, 2, "m"))
    assert type(change(Named(1), x=2)) is Named


@pytest.mark.parametrize("change", [replace, frozen_replace])
@pytest.mark.parametrize("name", ["kind", "other"])
def test_a_copy_takes_no_field_that_a_new_value_does_not_take(change: Any, name: str) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        change(place(frozen)("a"), **{name: "b"})


def test_a_copy_of_a_value_with_one_field_has_the_other_value() -> None:
    @frozen
    class Name:
        """A value with one field."""

        text: str

    assert frozen_replace(Name("ab"), text="cd") == Name("cd")
    assert frozen_replace(Name("ab")) == Name("ab")


@pytest.mark.parametrize("make", MAKERS)
def test_the_types_of_its_fields_are_those_that_were_written(make: Any) -> None:
    made = place(make)
    assert [str(each.type) for each in fields(made)][:3] == ["str", "int | None", "list[str]"]
    assert made.__annotations__["line"] == "int | None"
    assert get_type_hints(make(type("Empty", (), {"__doc__": ""}))) == {}


def test_a_method_of_the_class_itself_is_kept() -> None:
    @frozen
    class Masked:
        """A value that is not shown."""

        key: str

        def __repr__(self) -> str:
            return "<masked>"

    assert repr(Masked("k")) == "<masked>"
