"""Limits and waits stand where they are looked for; elsewhere a number is a part of some format, or says why it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from assignment_cells import REPOSITORY

PACKAGE = REPOSITORY / "autograder"
PLACES = {
    "engine/limits.py": "what a notebook may use, and how long the engine waits",
    "engine/inside/bounds.py": "what a message may hold",
    "intake/limits.py": "what may be handed in",
    "farm/clock.py": "how long a farm waits",
    "farm/dask/clusters.py": "how long a cluster is waited for",
    "marking/limits.py": "what the marking page may send, and how long it counts as open",
    "course/gradebook.py": "how long the database is waited for",
}
WAITS = frozenset({"sleep", "wait", "settimeout", "poll", "acquire", "join", "result", "exception"})
KERNELS = {
    f"engine/inside/{name}.py" for name in ("large_pages", "namespaces", "system_calls", "system_call_numbers")
}  # what Linux calls its calls and flags
OTHERS = {
    "a part of a format, or of what another program does": {
        "collecting/entries.py": {"DOS_BEGINNING"},
        "course/form.py": {"SCHEMA"},
        "collecting/roster_file.py": {"LONGEST_FIELD"},
        "collecting/zips.py": {"EXTENDED_TIME", "LOCAL_HEADER", "PIECE", "UNICODE_NAME"},
        "engine/inside/server.py": {"UNPRIVILEGED"},
        "engine/proc.py": {"IS_ENDING"},
        "errors.py": {"exit_code"},
        "files/swap.py": {"EXCHANGE"},
        "giving_back/feedback_zip.py": {"MOMENT"},
        "grading/verdict.py": {"SCHEMA"},
        "intake/notebook_file.py": {"LONGEST_KEY"},
        "course/late_rule.py": {"ALL"},
        "course/times.py": {"YEARS"},
        "records/handed_in.py": {"LONGEST_TIMESTAMP"},
    },
    "how much of a text is shown": {
        "course/markers.py": {"LONGEST_SHOWN"},
        "doors/console.py": {"MOST_CHANGES"},
        "doors/exchange.py": {"MOST_NAMED"},
        "doors/late_shown.py": {"MOST_LATE"},
        "doors/report_shown.py": {"MOST_LINES", "MOST_STUDENTS"},
        "engine/faults.py": {"LONGEST_LINE", "MOST_LINES"},
        "giving_back/export.py": {"MOST_NAMED"},
        "engine/inside/diagnosing/shown.py": {"DIGITS", "MOST_ENTRIES", "MOST_TEXT"},
        "engine/outputs_clean.py": {"LONGEST_MESSAGE"},
        "files/lock.py": {"LONGEST_HOLDER"},
        "grading/redaction.py": {"MOST_WORDS", "MOST_WORDS_OF_A_LINE"},
        "grading/verdict.py": {"LONGEST_REASON"},
        "intake/align.py": {"MOST_SENTENCES", "NAMED"},
        "intake/edits.py": {"LONGEST_EDIT", "LONGEST_NAME", "NAMED"},
        "shown/formulas.py": {"FITS", "LONGEST", "LONGEST_TEXT"},
        "pages/own_cells.py": {"LARGEST_PICTURE", "LONGEST_CODE", "LONGEST_TEXT"},
        "pages/report/alike.py": {"LARGEST", "LONGEST", "LONGEST_SHOWN", "MOST_GROUPS", "MOST_SHOWN", "SMALLEST"},
        "pages/report/exercises.py": {"MOST_MISTAKES"},
        "pages/report/messages.py": {"LONGEST", "MOST"},
        "pages/report/page.py": {"GAP", "MOST_CHANGES", "MOST_LINES", "MOST_ODDITIES", "SHADES", "TALL", "WIDE"},
        "pages/report/students.py": {"LONGEST_COMMENT"},
        "pages/report/words.py": {"MOST_NAMED"},
        "records/comments.py": {"LONGEST"},
        "shown/harmless.py": {"LARGEST_MARKDOWN"},
        "intake/folder.py": {"shown(longest)"},
        "shown/terminal.py": {"one_line(longest)"},
    },
    "how something is done, and nobody else's business": {
        "course/markers.py": {"ALIKE", "FIRST_ALIKE"},
        "engine/inside/analysis.py": {"MOST_REMEMBERED"},
        "vetting/leaks.py": {"LEAST_OF_A_LINE", "LEAST_OF_A_PAIR"},
        "vetting/slow.py": {"LONG", "NOTICED"},
        "vetting/solution.py": {"PART_OF_THE_TIME"},
        "vetting/variants.py": {"LEAST_SECONDS", "TIMES_LONGER"},
        "course/names.py": {"LINE", "LONGEST_COMPARED", "TIMES_LONGER"},
        "engine/inside/diagnosing/bank.py": {"ATOL", "RTOL"},
        "engine/inside/diagnosing/examination.py": {"FEWEST"},
        "engine/inside/diagnosing/relations.py": {"ROUNDING"},
        "engine/inside/diagnosing/strategies.py": {"halves(least)", "halves(most)"},
        "engine/faults.py": {"CELLS_IN_MIND"},
        "engine/inside/codecs/named.py": {"BYTES_OF_A_CLASS", "MOST_CLASSES"},
        "engine/inside/codecs/sparse.py": {"BYTES_OF_A_ROW", "LARGEST_INDEX"},
        "engine/prepared.py": {"MOST_KEPT"},
        "engine/inside/randomness.py": {"FRESH"},
        "engine/proc.py": {"MOST_IN_A_TREE"},
        "engine/watch.py": {"STOPS"},
        "farm/tasks.py": {"LIVES"},
        "runs/request.py": {"SEVERAL"},
        "files/swap.py": {"YOUNG"},
        "intake/edits.py": {"MOST_PARSED"},
        "intake/elsewhere.py": {"FEWEST"},
        "pages/report/anonymous.py": {"SHORTEST"},
        "pages/report/overall.py": {"PERCENT"},
        "pages/report/statistics.py": {"FEWEST", "TENTHS"},
        "pages/report/words.py": {"CLEARLY", "HARDLY"},
        "intake/matching.py": {"ALIKE", "COMPARED", "LONGEST_PLAIN", "MOST_COMPARED", "SEARCHED", "SHORTEST"},
        "logs.py": {"BACKUPS", "LARGEST"},
        "records/settle.py": {"SAME"},
        "records/statements.py": {"AHEAD"},
        "shown/allowance.py": {"SQUARED", "STEPS_OF_A_CHARACTER", "STEPS_OF_A_TAG"},
    },
}


def is_number(node: ast.AST) -> bool:
    """Return whether an expression is made of numbers alone."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return bool(node.elts) and all(map(is_number, node.elts))
    if isinstance(node, ast.BinOp):
        return is_number(node.left) and is_number(node.right)
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def named_numbers(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to numbers, in its classes too, and the numbers that arguments default to."""
    for holder in ast.walk(tree):
        if isinstance(holder, ast.Module | ast.ClassDef):
            for node in holder.body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    yield from _named(targets, node.value)
        elif isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (f"{holder.name}({name})" for name, default in _defaults(holder.args) if is_large(default))


def _named(targets: list[ast.expr], value: ast.expr) -> Iterator[str]:
    for target in targets:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, other in zip(target.elts, value.elts, strict=True):
                yield from _named([one], other)
        elif isinstance(target, ast.Name) and is_large(value):
            yield target.id


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    named = [*arguments.posonlyargs, *arguments.args]
    with_default = named[len(named) - len(arguments.defaults) :]
    pairs = [*zip(with_default, arguments.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    yield from ((argument.arg, default) for argument, default in pairs)


def is_large(node: ast.AST) -> bool:
    """Return whether a number is more than a place to begin at or a switch."""
    return is_number(node) and ast.unparse(node).lstrip("-") not in ("0", "0.0", "1", "1.0")


def waits(tree: ast.Module) -> Iterator[str]:
    """Yield the calls that wait for a number of seconds that stands there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            seconds = [word.value for word in node.keywords if "timeout" in (word.arg or "")]
            seconds += node.args[:1] if name in WAITS else []
            yield from (ast.unparse(node) for value in seconds if is_large(value))


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text())


def test_a_number_with_a_name_is_a_limit_in_its_place_or_listed_here() -> None:
    found = {name: set(named_numbers(tree)) for name, tree in modules() if name not in PLACES.keys() | KERNELS}
    listed = [(name, numbers) for files in OTHERS.values() for name, numbers in files.items()]
    expected = {file: set().union(*(numbers for name, numbers in listed if name == file)) for file, _ in listed}
    assert {name: numbers for name, numbers in found.items() if numbers} == expected


def test_nothing_waits_for_a_number_of_seconds_of_its_own() -> None:
    assert {name: found for name, tree in modules() if (found := [*waits(tree)])} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SOON = 10", ["SOON"]),
        ("LARGEST: int = 64 * 2**20", ["LARGEST"]),
        ("A, B = 7, 'two'", ["A"]),
        ("PAUSES = (0.1, 0.2)", ["PAUSES"]),
        ("class C:\n    patience = 3.5", ["patience"]),
        ("def f(a, b=7, *, c=0, d=20): ...", ["f(b)", "f(d)"]),
        ("IS_ON = True\nnone = 0\nNAME = 'a'\nTEN = len('0123456789')", []),
    ],
)
def test_what_counts_as_a_number_with_a_name(text: str, found: list[str]) -> None:
    assert [*named_numbers(ast.parse(text))] == found


def test_what_counts_as_a_wait() -> None:
    text = "sleep(0.1); process.wait(timeout=5); sock.settimeout(9); process.wait(patience); lock.acquire(timeout=0)"
    assert len([*waits(ast.parse(text))]) == 3


def test_the_places_of_limits_are_there() -> None:
    assert all(Path(PACKAGE / name).is_file() for name in PLACES)
