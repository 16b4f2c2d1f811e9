"""How is a class with slots made quickly, as `dataclasses` would make it?

A command makes hundreds of such classes when it starts, and uses a part of them. `dataclasses`
makes each of them twice, looks through its fields and compiles seven methods. Here the fields are
looked through, and the methods are made, when they are first used. `__init__` alone is compiled
for a class, and all classes share the code of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache, wraps
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
    content = {**methods, **declared.__dict__, _DECLARED: declared}
    content[_WRITTEN] = {name: declared.__dict__.get(name, MISSING) for name in names}
    for name in ("__dict__", "__weakref__", *names):  # values with slots have none of the first two
        content.pop(name, None)
    content["__slots__"] = tuple(name for name in names if name not in inherited) if inherited else tuple(names)
    content["__qualname__"] = declared.__qualname__
    kind: Any = type(declared)
    return kind(declared.__name__, declared.__bases__, content)  # type: ignore[no-any-return]


def _fields(made: Any) -> dict[str, Field[Any]]:
    """Return each field by its name, in the order of `__init__`."""
    written: dict[str, Any] = {}
    for each in reversed(made.__mro__):
        written |= each.__dict__.get(_WRITTEN, {})
    return {name: each if isinstance(each, Field) else _field(each) for name, each in written.items()}


def _field(default: Any) -> Field[Any]:
    """Return a field with this default. All without one share theirs, as they differ in nothing."""
    return _REQUIRED if default is MISSING else field(default=default)


class _Described:
    """An attribute in which `dataclasses` describes a class. It is made when it is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, _: object, reader: Any) -> Any:
        made = next(each for each in reader.__mro__ if _DECLARED in each.__dict__)
        declared = made.__dict__[_DECLARED]
        types = declared.__annotations__
        declared.__annotations__ = dict.fromkeys(types, object)  # no text to search for ClassVar
        dataclass(init=False, repr=False, eq=False)(declared)
        declared.__annotations__ = types
        for name, field_type in types.items():
            declared.__dataclass_fields__[name].type = field_type
        for name in _DESCRIPTION:
            setattr(made, name, getattr(declared, name))
        return getattr(made, self._name)


def _first(name: str, make: Callable[[Any], Callable[..., Any]]) -> Callable[..., Any]:
    """Return a method for all classes. It makes the one of a class, puts it there and calls it."""

    def first(self: Any, *args: Any, **named: Any) -> Any:
        for made in type(self).__mro__:
            if made.__dict__.get(name) is first:
                setattr(made, name, make(made))
        return getattr(type(self), name)(self, *args, **named)

    return first


def _init(made: Any) -> Callable[..., None]:
    """Return `__init__`. Classes that take as many fields share its code."""
    of_class = _fields(made)
    taken = {name: each for name, each in of_class.items() if each.init}
    setters = {f"set_{at}": _setter(made, name, each) for at, (name, each) in enumerate(taken.items())}
    code = _init_code(len(taken)).replace(co_varnames=("self", *taken), co_qualname=f"{made.__qualname__}.__init__")
    defaults = (each.default for each in taken.values() if each.default is not MISSING or _is_made(each))
    init = FunctionType(code, setters, "__init__", tuple(defaults))
    others = [_setter(made, name, each) for name, each in of_class.items() if not each.init]
    return _with_more(init, others, made) if others or hasattr(made, "__post_init__") else init


def _setter(made: Any, name: str, each: Field[Any]) -> Callable[[Any, object], None]:
    """Return what fills the slot of a field directly, because attributes cannot be set."""
    fill: Callable[[Any, object], None] = getattr(made, name).__set__
    if not _is_made(each):
        return fill if each.init else lambda self, _: fill(self, each.default)
    make: Any = each.default_factory
    return lambda self, given: fill(self, make() if given is MISSING else given)


def _with_more(init: Callable[..., None], others: Iterable[Callable[[Any, object], None]], made: Any) -> Any:
    """Return an `__init__` that also fills the fields that it does not take, and then goes on."""
    has_more = hasattr(made, "__post_init__")

    @wraps(init)
    def init_with_more(self: Any, *args: Any, **named: Any) -> None:
        init(self, *args, **named)
        for fill in others:
            fill(self, MISSING)
        if has_more:
            self.__post_init__()

    return init_with_more


@cache
def _taken(made: Any) -> tuple[Mapping[str, int], Callable[[Any], Any]]:
    """Return the place of each field that `__init__` takes, and what gives the values of all."""
    names = [name for name, each in _fields(made).items() if each.init]
    values_of = attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]
    return {name: place for place, name in enumerate(names)}, values_of


def _is_made(each: Field[Any]) -> bool:
    return each.default_factory is not MISSING


@cache
def _init_code(count: int) -> CodeType:
    """Compile an `__init__` that takes so many fields."""
    parameters = [f"given_{at}" for at in range(count)]
    lines = [f"set_{at}(self, {given})" for at, given in enumerate(parameters)]
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


_DECLARED = "__declared__"
"""Name under which a class keeps the class that was written, without slots."""

_WRITTEN = "__written__"
"""Name under which a class keeps its own fields, each with the default that was written for it."""

_REQUIRED: Field[Any] = field()
"""What stands for each field without a default."""

_DESCRIPTION = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
"""Names under which `dataclasses` describes a class."""

_OF_OBJECTS: Mapping[str, object] = {
    "__init__": _first("__init__", _init),
    "__repr__": _shown,
    **{name: _Described(name) for name in _DESCRIPTION},
}
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
