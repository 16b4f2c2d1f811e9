"""Assignments in shell fragments. bash judges every value that needs no more than the file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files.shellenv import MAX_BYTES, ShellEnvError, read_env
from probes.origin import Origin

SPARK_ENV = r"""#!/usr/bin/env bash
# spark-env.sh as EMR writes it
export HADOOP_CONF_DIR=/etc/taihao-apps/hadoop-conf   # where
export SPARK_HOME="/opt/apps/SPARK3/spark-current"
SPARK_LOG_DIR=${SPARK_LOG_DIR:-/var/log/spark}
export SPARK_CONF_DIR=$SPARK_HOME/conf SPARK_PID_DIR='/run/spark $x'
SPARK_DAEMON_JAVA_OPTS="-Dx=\"a b\" \
 -Dy=${SPARK_HOME}"
if [ -z "$SPARK_MASTER_PORT" ]; then
  export SPARK_MASTER_PORT=7077
fi
"""

SAME_AS_BASH: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "spark-env.sh": (
        SPARK_ENV,
        [
            (3, "HADOOP_CONF_DIR", "/etc/taihao-apps/hadoop-conf"),
            (4, "SPARK_HOME", "/opt/apps/SPARK3/spark-current"),
            (5, "SPARK_LOG_DIR", "/var/log/spark"),
            (6, "SPARK_CONF_DIR", "/opt/apps/SPARK3/spark-current/conf"),
            (6, "SPARK_PID_DIR", "/run/spark $x"),
            (7, "SPARK_DAEMON_JAVA_OPTS", '-Dx="a b"  -Dy=/opt/apps/SPARK3/spark-current'),
            (10, "SPARK_MASTER_PORT", "7077"),
        ],
    ),
    "quotes join": ("A=a'b c'\"d e\"f\\ g", [(1, "A", "ab cd ef g")]),
    "escapes in double quotes": (r'A="\$x \` \" \\ \n \'"', [(1, "A", r"""$x ` " \ \n \'""")]),
    "escapes outside": (r"A=\a\$b\\", [(1, "A", r"a$b\ ".strip())]),
    "named escapes": (r"A=$'a\tb\'\n\\c' B=$" + '"x"', [(1, "A", "a\tb'\n\\c"), (1, "B", "x")]),
    "nothing": ("A=\nB=''\nexport C=", [(1, "A", ""), (2, "B", ""), (3, "C", "")]),
    "lines in quotes": ("A='1\n2'\nB=\"3\n4\"\nC=5", [(1, "A", "1\n2"), (3, "B", "3\n4"), (5, "C", "5")]),
    "continued": ("A=1\\\n2 B=3 \\\n  C=4", [(1, "A", "12"), (2, "B", "3"), (3, "C", "4")]),
    "comments": ("# A=1\nB=2#3 # C=4\n  #D=5\nE='#'", [(2, "B", "2#3"), (4, "E", "#")]),
    "separators": ("A=1;B=2&&C=3\ntrue|true;E=5", [(1, "A", "1"), (1, "B", "2"), (1, "C", "3"), (2, "E", "5")]),
    "a prefix of a command": (
        "A=1 true\nB=${A:-none}\nC=2\nC=3 true $C\nD=$C",
        [(2, "B", "none"), (3, "C", "2"), (5, "D", "2")],
    ),
    "no command": ("A=1 B=$A\nexport C=2 D=3", [(1, "A", "1"), (1, "B", "1"), (2, "C", "2"), (2, "D", "3")]),
    "words before assignments": ("export A=1\nexport A=2 B=$A", [(1, "A", "1"), (2, "A", "2"), (2, "B", "1")]),
    "declared": (
        "declare -x A=1\nreadonly B=2\ntypeset C=3\nexport 'D=4 5' A",
        [(1, "A", "1"), (2, "B", "2"), (3, "C", "3"), (4, "D", "4 5")],
    ),
    "arguments are no assignments": ("echo A=1 >/dev/null\nenv B=2 true\n: C=3\nD=4", [(4, "D", "4")]),
    "references": (
        "A=x\nB=$A/$A-${A}y\nC='$A'\nD=\"$A ${A}\"",
        [(1, "A", "x"), (2, "B", "x/x-xy"), (3, "C", "$A"), (4, "D", "x x")],
    ),
    "no references": ('A="$ $% a$"\nB=$\nC=\\$A', [(1, "A", "$ $% a$"), (2, "B", "$"), (3, "C", "$A")]),
    "defaults": (
        "A=\nB=${A:-x}\nC=${A-x}\nD=${N-y z}\nE=\"${N:-${B}'\"q\"'}\"\nF=${B:-${N}}\nG=${N:-'a b'\\}c}",
        [
            (1, "A", ""),
            (2, "B", "x"),
            (3, "C", ""),
            (4, "D", "y z"),
            (5, "E", "x'q'"),
            (6, "F", "x"),
            (7, "G", "a b}c"),
        ],
    ),
    "assigned defaults": (': ${A:=x} "${B=y}"\n: ${A:=z}\nC=$A$B', [(1, "A", "x"), (1, "B", "y"), (3, "C", "xy")]),
    "appended": ("A=1\nA+=2\nB+=3\nexport A+=4", [(1, "A", "1"), (2, "A", "12"), (3, "B", "3"), (4, "A", "124")]),
    "blocks": (
        (
            "if true; then A=1; fi\nfor i in B=1; do C=2; done\nwhile false; do :; done\n"
            "case x in\n x|y) D=3 ;;\nesac\nf() { :; }\n{ E=4; }\n! F=5\nG=6 }"
        ),
        [(1, "A", "1"), (2, "C", "2"), (5, "D", "3"), (8, "E", "4"), (9, "F", "5")],
    ),
    "here-documents": (
        (
            "cat >/dev/null <<EOF\nA=1 \"\nEOF\ncat >/dev/null <<-'END' && B=2\n\tC=3 '\n\tEND\nD=4\n"
            "cat <<<'E=5' >/dev/null\nF=6"
        ),
        [(4, "B", "2"), (7, "D", "4"), (9, "F", "6")],
    ),
    "Windows": ("A=1\r\nB='2'\r\n", [(1, "A", "1\r"), (2, "B", "2\r")]),
    "other letters": ("A=中é\nB=a\u00a0b", [(1, "A", "中é"), (2, "B", "a\u00a0b")]),
}

AS_WRITTEN: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "a command": ("A=$(rm -rf \"$B)\" ')' $(x) (y)) B=2", [(1, "A", "$(rm -rf \"$B)\" ')' $(x) (y))"), (1, "B", "2")]),
    "a command in quotes": (
        'A="x $(hostname -f | tr \'")\' "b c") y"',
        [(1, "A", 'x $(hostname -f | tr \'")\' "b c") y')],
    ),
    "backticks": ("A=`hostname \\` ;x`/b", [(1, "A", "`hostname \\` ;x`/b")]),
    "arithmetic": ("A=$((1 + (2)))", [(1, "A", "$((1 + (2)))")]),
    "unknown variables": ('A=$B/${C}"$D"', [(1, "A", "$B/${C}$D")]),
    "other parameters": ('A=${B%%/*}${#C}${D[1]}"${E/\'/x}"$1$?$$B', [(1, "A", "${B%%/*}${#C}${D[1]}${E/'/x}$1$?$$B")]),
    "a command as default": ("A=${B:-$(nproc)}", [(1, "A", "$(nproc)")]),
    "an array": ('A=(1 "2)" $B)\nC=3', [(1, "A", '(1 "2)" $B)'), (2, "C", "3")]),
    "both branches": ("if x; then A=1; else A=2; fi\nB=$A", [(1, "A", "1"), (1, "A", "2"), (2, "B", "2")]),
    "a branch that bash would not take": ("false && A=1\nf() {\n  B=2\n}", [(1, "A", "1"), (3, "B", "2")]),
    "a tilde": ("A=~/x", [(1, "A", "~/x")]),
}


@pytest.mark.parametrize(
    ("text", "expected"), [*SAME_AS_BASH.values(), *AS_WRITTEN.values()], ids=[*SAME_AS_BASH, *AS_WRITTEN]
)
def test_reads_assignments_and_lines(text: str, expected: list[tuple[int, str, str]]) -> None:
    settings = read_env("spark-env.sh", text.encode())
    found = [(setting.origin.line, setting.key, setting.value) for setting in settings]
    assert found == expected
    assert all(setting.origin == Origin("spark-env.sh", setting.origin.line, setting.key) for setting in settings)


@pytest.mark.parametrize("text", [text for text, _ in SAME_AS_BASH.values()], ids=SAME_AS_BASH.keys())
def test_bash_assigns_the_same(text: str, tmp_path: Path) -> None:
    (tmp_path / "env.sh").write_bytes(text.encode())
    last = {setting.key: setting.value for setting in read_env("env.sh", text.encode())}
    script = '. "$0"; for name; do printf "%s\\0" "${!name}"; done'
    command = [
        "env",
        "-i",
        "LC_ALL=C.UTF-8",
        "PATH=/usr/bin:/bin",
        "bash",
        "--norc",
        "-c",
        script,
        str(tmp_path / "env.sh"),
        *last,
    ]
    said = subprocess.run(command, capture_output=True, timeout=30, check=False).stdout.decode().split("\0")[:-1]
    assert dict(zip(last, said, strict=True)) == last


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\nB='x\n\n", 2),
        ('A=1\n\nB="x\ny', 3),
        ("A=$(x", 1),
        ("A=`x", 1),
        ("A=${B:-x", 1),
        ("A=${B%x", 1),
        ("A=$'x", 1),
        ("A=(1", 1),
        ("A=1\nB=\0", 2),
    ],
)
def test_what_never_ends_is_an_error_where_it_begins(text: str, line: int) -> None:
    with pytest.raises(ShellEnvError) as refused:
        read_env("spark-env.sh", text.encode())
    assert (refused.value.file, refused.value.line) == ("spark-env.sh", line)


@pytest.mark.parametrize(
    "text",
    [
        "A=xxxxxxxx\n" + "A=$A$A\n" * 40,
        "A=" + "x" * 500_000 + "\n" + "B=$A.\n" * 50_000,
        "A=x\n" + "A+=$A\n" * 60,
        "A=" + "${B:-" * 1000 + "}" * 1000,
        "A=" + "$(" * 1000 + ")" * 1000,
        "#" * (MAX_BYTES + 1),
    ],
    ids=["doubling", "copying", "appending", "deep defaults", "deep commands", "large"],
)
def test_growth_and_depth_are_bounded(text: str) -> None:
    with pytest.raises(ShellEnvError):
        read_env("f", text.encode())


PIECES = [*"AB= \t\n'\"\\$`;&|(){}<>#-:+", "A=", "export ", "${A", "${B:-", "$(", "<<A\n", "if ", "then ", "\\\n"]


@given(st.binary(max_size=100) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join).map(str.encode))
def test_only_its_own_error_on_any_bytes(content: bytes) -> None:
    try:
        settings = read_env("f", content)
    except ShellEnvError:
        return
    lines = content.count(b"\n") + 1
    assert all(1 <= (setting.origin.line or 0) <= lines for setting in settings)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_][A-Z0-9_]{0,5}", fullmatch=True), st.text("ab $'\"\\\n#;`(){}中", max_size=12)
    )
)
def test_what_is_quoted_is_read_back(values: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "'\\''") + "'"

    text = "\n".join(f"export {name}={quoted(value)}" for name, value in values.items())
    assert {setting.key: setting.value for setting in read_env("f", text.encode())} == values
