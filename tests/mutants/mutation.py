"""Which small wrong changes can be made to a module?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
CALLS = {"any": "all", "all": "any", "min": "max", "max": "min"}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed module."""

    path: str
    """The module, from the top of the project."""
    line: int
    """Line of the change, from 1."""
    what: str
    """The code before and after."""
    source: str
    """The changed module as Python."""

    @property
    def name(self) -> str:
        """Return what a table of mutants calls this one."""
        return f"{self.path}:{self.line}: {self.what}"


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Yield each mutant of a module. Annotations, decorators and docstrings are left alone."""
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        parent, field, index, node, changed = list(_places(tree))[number]
        before = ast.unparse(node)
        if index is None:
            setattr(parent, field, changed)
        else:
            getattr(parent, field)[index] = changed
        what = f"`{before}` -> `{ast.unparse(changed)}`"
        yield Mutant(path, node.lineno, what, ast.unparse(ast.fix_missing_locations(tree)))


Place = tuple[ast.AST, str, int | None, ast.expr, ast.expr]
"""Parent, its field, the index if that is a list, the expression there, and the changed one."""


def _places(parent: ast.AST) -> Iterator[Place]:
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns", "type_params", "decorator_list"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.expr):
                for changed in _changed(child):
                    yield parent, field, index, child, ast.copy_location(changed, child)
            if isinstance(child, ast.AST):
                yield from _places(child)


def _changed(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, operators, comparators):
            for number, operator in enumerate(operators):
                other = [*operators]
                other[number] = COMPARISONS[type(operator)]()
                yield ast.Compare(left, other, comparators)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Call(ast.Name(name, context), arguments, keywords) if name in CALLS:
            yield ast.Call(ast.Name(CALLS[name], context), arguments, keywords)
        case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC:
            yield ast.BinOp(left, ARITHMETIC[type(operator)](), right)
