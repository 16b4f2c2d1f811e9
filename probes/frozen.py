"""How is a class with slots made quickly, as `dataclasses` would make it?

A command makes hundreds of such classes when it starts, and uses a part of them. `dataclasses`
makes each of them twice, looks through its fields and compiles seven methods. Here the fields are
looked through, and the methods are made, when they are first used. `__init__` alone is compiled
for a class, and all classes share the code of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, dataclass_transform

Declared = TypeVar("Declared")

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - types of changed fields are checked
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy of a value with these fields changed, as `dataclasses.replace` does.

        Raises TypeError for a field that `__init__` does not take.
        """
        made = value.__class__
        names, values_of = _taken(made)
        given = list(values_of(value))
        for name, each in changes.items():
            try:
                given[names[name]] = each
            except KeyError:
                raise TypeError(f"{made.__qualname__} takes no field {name!r}") from None
        return made(*given)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(declared: type[Declared]) -> type[Declared]:
    """Return the class that `dataclass(frozen=True, slots=True)` returns: values never change.

    A method that the class has itself is kept. A base class is made by this function as well.
    """
    return _slotted(declared, _OF_VALUES)


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def mutable(declared: type[Declared]) -> type[Declared]:
    """Return the class that `dataclass(slots=True, eq=False)` returns: fields can be set.

    An object is equal to itself alone. The rest is as for `frozen`.
    """
    return _slotted(declared, _OF_OBJECTS)


def _slotted(declared: type[Declared], methods: Mapping[str, object]) -> type[Declared]:
    """Return the class with a slot for each field, and with these methods where it has none."""
    names = declared.__annotations__
    inherited = {name for base in declared.__mro__[1:-1] for name in base.__dict__.get("__slots__", ())}
    content = {name: value for name, value in declared.__dict__.items() if name not in names}
    content["__slots__"] = tuple(name for name in names if name not in inherited)
    content["__qualname__"] = declared.__qualname__
    content[_WRITTEN] = {name: declared.__dict__.get(name, MISSING) for name in names}
    for name in ("__dict__", "__weakref__"):  # values with slots have none
        content.pop(name, None)
    for name in _DESCRIPTION:
        content[name] = _Described(declared)
    kind: Any = type(declared)
    return kind(declared.__name__, declared.__bases__, {**methods, **content})  # type: ignore[no-any-return]


def _fields(made: Any) -> dict[str, Field[Any]]:
    """Return each field by its name, in the order of `__init__`."""
    written: dict[str, Any] = {}
    for each in reversed(made.__mro__):
        written |= each.__dict__.get(_WRITTEN, {})
    return {name: each if isinstance(each, Field) else field(default=each) for name, each in written.items()}


class _Described:
    """An attribute in which `dataclasses` describes a class. It is made when it is first read."""

    def __init__(self, declared: Any) -> None:
        self._declared = declared

    def __set_name__(self, made: Any, name: str) -> None:
        self._made = made
        self._name = name

    def __get__(self, _: object, __: object) -> Any:
        declared, types = self._declared, self._declared.__annotations__
        declared.__annotations__ = dict.fromkeys(types, object)  # no text to search for ClassVar
        dataclass(init=False, repr=False, eq=False)(declared)
        declared.__annotations__ = types
        for name, field_type in types.items():
            declared.__dataclass_fields__[name].type = field_type
        for name in _DESCRIPTION:
            setattr(self._made, name, getattr(declared, name))
        return getattr(self._made, self._name)


def _first(name: str, make: Callable[[Any], Callable[..., Any]]) -> Callable[..., Any]:
    """Return a method for all classes. It makes the one of a class, puts it there and calls it."""

    def first(self: Any, *args: Any, **named: Any) -> Any:
        for made in type(self).__mro__:
            if made.__dict__.get(name) is first:
                setattr(made, name, make(made))
        return getattr(type(self), name)(self, *args, **named)

    return first


def _init(made: Any) -> Callable[..., None]:
    """Return `__init__`. Classes with the same kinds of fields share its code."""
    of_class = _fields(made)
    taken = {name: each for name, each in of_class.items() if each.init}
    known: dict[str, object] = {"MISSING": MISSING}
    for at, (name, each) in enumerate(of_class.items()):
        known[f"set_{at}"] = getattr(made, name).__set__
        known[f"default_{at}"] = each.default
        known[f"make_{at}"] = each.default_factory
    code = _init_code("".join(map(_kind, of_class.values())), hasattr(made, "__post_init__"))
    code = code.replace(co_varnames=("self", *taken), co_qualname=f"{made.__qualname__}.__init__")
    defaults = (each.default for each in taken.values() if each.default is not MISSING or _is_made(each))
    return FunctionType(code, known, "__init__", tuple(defaults))


@cache
def _taken(made: Any) -> tuple[Mapping[str, int], Callable[[Any], Any]]:
    """Return the place of each field that `__init__` takes, and what gives the values of all."""
    names = [name for name, each in _fields(made).items() if each.init]
    values_of = attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]
    return {name: place for place, name in enumerate(names)}, values_of


def _kind(each: Field[Any]) -> str:
    """Return a letter: a parameter has a small one, and what a function makes is an m."""
    kind = "m" if _is_made(each) else "p"
    return kind if each.init else kind.upper()


def _is_made(each: Field[Any]) -> bool:
    return each.default_factory is not MISSING


@cache
def _init_code(kinds: str, has_more: bool) -> CodeType:
    """Compile an `__init__` that fills the slots directly, because attributes cannot be set."""
    value = {
        "p": "given_{0}",
        "m": "make_{0}() if given_{0} is MISSING else given_{0}",
        "P": "default_{0}",
        "M": "make_{0}()",
    }
    parameters = [f"given_{at}" for at, kind in enumerate(kinds) if kind.islower()]
    lines = [f"set_{at}(self, {value[kind].format(at)})" for at, kind in enumerate(kinds)]
    lines += ["self.__post_init__()"] if has_more else []
    known: dict[str, Any] = {}
    exec("\n ".join([f"def __init__({', '.join(('self', *parameters))}):", *lines, "return"]), known)
    code: CodeType = known["__init__"].__code__
    return code


def _values(names: Iterable[str]) -> Callable[[Any], Any]:
    """Return the function that gives the values of these fields."""
    each = tuple(names)
    return attrgetter(*each) if each else lambda _: ()


def _equal(made: Any) -> Callable[[Any, object], bool]:
    values = _values(name for name, each in _fields(made).items() if each.compare)

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(made: Any) -> Callable[[Any], int]:
    values = _values(name for name, each in _fields(made).items() if (each.compare if each.hash is None else each.hash))

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


_WRITTEN = "__written__"
"""Name under which a class keeps its own fields, each with the default that was written for it."""

_DESCRIPTION = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
"""Names under which `dataclasses` describes a class."""

_OF_OBJECTS: Mapping[str, object] = {"__init__": _first("__init__", _init), "__repr__": _shown}
"""Methods of all classes."""

_OF_VALUES: Mapping[str, object] = {
    **_OF_OBJECTS,
    "__eq__": _first("__eq__", _equal),
    "__hash__": _first("__hash__", _hash),
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _set_state,
}
"""Methods of the classes whose values never change."""
