"""How is a class of values that never change made quickly, as `dataclasses` would make it?

A command makes hundreds of such classes when it starts, and uses a part of them. `dataclasses`
compiles seven methods for each of them. Here `__init__` alone is compiled, when the first value is
made, and all classes share the code of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from inspect import get_annotations
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, NoReturn, TypeVar, dataclass_transform

Declared = TypeVar("Declared")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(declared: type[Declared]) -> type[Declared]:
    """Return the class that `dataclass(frozen=True, slots=True)` returns.

    A method that the class has itself is kept. A base class is made by this function as well.
    """
    types = get_annotations(declared)
    declared.__annotations__ = dict.fromkeys(types, object)  # dataclass searches each text for ClassVar, which none has
    made: Any = dataclass(slots=True, init=False, repr=False, eq=False)(declared)
    made.__annotations__ = types
    for name, field_type in types.items():
        made.__dataclass_fields__[name].type = field_type
    of_class = {name: _made_at_first_use(made, name, make) for name, make in _OF_CLASS.items()}
    for name, method in {**_SHARED, **of_class}.items():
        if name not in declared.__dict__:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _made_at_first_use(made: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> Callable[..., Any]:
    """Return a method that makes the one of this name, takes its place and does the same."""

    def first(self: Any, *args: Any, **named: Any) -> Any:
        method = make(made)
        setattr(made, name, method)
        return method(self, *args, **named)

    return first


def _init(made: Any) -> Callable[..., None]:
    """Compile `__init__`. It fills the slots directly, because attributes cannot be set."""
    known: dict[str, object] = {"MISSING": MISSING}
    lines = [f"def __init__({', '.join(('self', *_parameters(made, known)))}):"]
    for each in fields(made):
        known[f"set_{each.name}"] = getattr(made, each.name).__set__
        lines.append(f"set_{each.name}(self, {_value(each)})")
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    exec("\n ".join([*lines, "return"]), known)
    return known["__init__"]  # type: ignore[return-value]


def _parameters(made: Any, known: dict[str, object]) -> Iterable[str]:
    """Yield the parameters of `__init__`, and add their defaults to the known names."""
    for each in fields(made):
        if each.default_factory is not MISSING:
            known[f"make_{each.name}"] = each.default_factory
        known[f"default_{each.name}"] = each.default
        has_default = each.default is not MISSING or each.default_factory is not MISSING
        if each.init:
            yield f"{each.name}=default_{each.name}" if has_default else each.name


def _value(each: Field[Any]) -> str:
    """Return the expression of a field's value inside `__init__`."""
    if each.default_factory is MISSING:
        return each.name if each.init else f"default_{each.name}"
    return f"make_{each.name}() if {each.name} is MISSING else {each.name}" if each.init else f"make_{each.name}()"


def _values(names: list[str]) -> Callable[[Any], Any]:
    """Return the function that gives the values of these fields."""
    return attrgetter(*names) if names else lambda _: ()


def _equal(made: Any) -> Callable[[Any, object], bool]:
    values = _values([each.name for each in fields(made) if each.compare])

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(made: Any) -> Callable[[Any], int]:
    values = _values([each.name for each in fields(made) if (each.compare if each.hash is None else each.hash)])

    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


@recursive_repr()
def _shown(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(_: object, name: str, __: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    """Return what pickle and copy keep of a value."""
    return [getattr(self, each.name) for each in fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_SHARED = {
    "__repr__": _shown,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _set_state,
}
"""Methods that all classes share."""

_OF_CLASS: dict[str, Callable[[Any], Callable[..., Any]]] = {"__init__": _init, "__eq__": _equal, "__hash__": _hash}
"""Functions that make a method of one class."""
