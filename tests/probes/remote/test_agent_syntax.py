"""Can Python 2.7 read the agent? What only Python 3 knows is looked for, so that no old Python is
needed."""

from __future__ import annotations

import ast

import pytest

from probes.remote.host import script

NEWER = (
    ast.JoinedStr,
    ast.AnnAssign,
    ast.NamedExpr,
    ast.Nonlocal,
    ast.YieldFrom,
    ast.Await,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.MatMult,
    ast.Match,
)


def faults(text: str) -> list[str]:
    """Return what Python 2.7 would not read."""
    found = []
    for node in ast.walk(ast.parse(text, feature_version=(3, 4))):
        is_newer = (
            isinstance(node, NEWER)
            or (isinstance(node, ast.arguments) and (node.kwonlyargs or node.posonlyargs))
            or (isinstance(node, ast.arg) and node.annotation is not None)
            or (isinstance(node, ast.FunctionDef) and node.returns is not None)
            or (isinstance(node, ast.Raise) and node.cause is not None)
            or (isinstance(node, ast.Dict) and None in node.keys)
            or (isinstance(node, (ast.List, ast.Tuple, ast.Set)) and any(isinstance(e, ast.Starred) for e in node.elts))
            or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")
            or (isinstance(node, ast.Call) and ast.unparse(node) == "super()")
            or (isinstance(node, ast.Call) and sum(keyword.arg is None for keyword in node.keywords) > 1)
            or (isinstance(node, ast.Call) and _is_star_followed(node))
        )
        if is_newer:
            found.append(f"line {getattr(node, 'lineno', '?')}: {ast.unparse(node)}")
    return found


def _is_star_followed(call: ast.Call) -> bool:
    stars = [place for place, each in enumerate(call.args) if isinstance(each, ast.Starred)]
    return bool(stars) and stars != [len(call.args) - 1]


def test_the_agent_has_no_syntax_of_python_3_and_is_ascii() -> None:
    text = script("token").decode("ascii")
    assert faults(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "f'{a}'",
        "a: int = 1",
        "def f(*, a): pass",
        "def f(a: int): pass",
        "def f() -> int: pass",
        "raise A from b",
        "(a := 1)",
        "{**a}",
        "[*a]",
        "f(*a, b)",
        "f(**a, **b)",
        "print(a)",
        "super().f()",
        "def f():\n    yield from a",
        "def f():\n    nonlocal a",
        "a @ b",
    ],
)
def test_newer_syntax_is_found(text: str) -> None:
    try:
        assert faults(text)
    except SyntaxError:
        return  # ast refuses it by itself for so old a Python
