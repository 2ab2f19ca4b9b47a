"""Tables of pandas cross as what they hold, and a table of anything else is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from anything import ANY, NODE
from engine_cells import answer, check, hidden, locked, run, visible
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_engine_values import refuse, sent

from autograder.engine.inside.codecs import tables
from autograder.engine.inside.errors import CannotCross
from autograder.engine.inside.frames import Malformed
from autograder.engine.inside.values import Unpacker
from autograder.engine.items import Ending

pandas: Any = pytest.importorskip("pandas")
DAYS = pandas.to_datetime(["2026-01-02", "2026-03-04"])
PAIRS = pandas.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["number", None])
TABLES = {
    "numbers": pandas.DataFrame({"a": [1, 2], "b": [0.5, float("nan")], "c": [True, False]}),
    "text": pandas.DataFrame({"a": ["x", None], "b": pandas.array(["y", None], dtype="string")}),
    "dates": pandas.DataFrame({"a": DAYS, "b": DAYS - DAYS[0]}),
    "categories": pandas.DataFrame({"a": pandas.Categorical(["u", None], categories=["v", "u"], ordered=True)}),
    "numbers that may be missing": pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")}),
    "labels": pandas.DataFrame({"a": [1, 2]}, index=pandas.Index(["r", "s"], name="row")),
    "days as labels": pandas.DataFrame({"a": [1, 2]}, index=pandas.Index(list(DAYS))),
    "pairs as labels": pandas.DataFrame([[1, 2], [3, 4]], index=PAIRS, columns=PAIRS),
    "two columns of one name": pandas.DataFrame([[1, 2.5]], columns=["a", "a"]),
    "nothing": pandas.DataFrame(),
    "no rows": pandas.DataFrame({"a": []}),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_arrives_as_it_is(name: str) -> None:
    table = TABLES[name]
    pandas.testing.assert_frame_equal(sent(table), table)
    for place in range(table.shape[1]):
        pandas.testing.assert_series_equal(sent(table.iloc[:, place]), table.iloc[:, place])
    pandas.testing.assert_index_equal(sent(table.index), table.index, exact=True)


@pytest.mark.parametrize("column", [[object()], [[1]], pandas.to_datetime(["2026-01-02"]).tz_localize("UTC")])
def test_a_column_of_anything_else_is_refused_with_a_sentence(column: Any) -> None:
    with pytest.raises(CannotCross, match=r"A column of dtype .* cannot be handed over"):
        sent(pandas.DataFrame({"a": column}))


CONTENTS = st.tuples(
    st.sampled_from(["array", "object", "category", "Int64", "string"]) | ANY,
    st.lists(st.integers(-2, 3), max_size=3).map(np.array) | st.lists(ANY, max_size=3) | ANY,
) | st.tuples(st.just("category"), st.just(np.array([0, 7])), st.just(("object", ["a"])), ANY)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(CONTENTS)
def test_a_column_of_anything_is_made_or_refused(plain: Any) -> None:
    try:
        tables._made(plain)
    except (Malformed, ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["table", "series", "index"]),
    st.lists(st.integers(0, 5).map(lambda number: [number]) | ANY, max_size=4),
    st.lists(NODE, max_size=3),
)
def test_a_table_of_anything_is_rebuilt_or_refused(tag: str, parts: list[Any], nodes: list[Any]) -> None:
    good = [["index", "range", [None], [3]], ["t", "object", [4]], ["r", 0, 1, 1], ["l", 1]]
    try:
        Unpacker([[tag, *parts], good[0], good[1], good[2], good[3], *nodes], [], refuse).get([0])
    except (Malformed, CannotCross):
        return


GIVEN = """
import pandas as pd
def towns():
    return pd.DataFrame({"town": ["Oslo", "Kyiv"], "people": [0.7, 2.9]})
"""
ANSWER = """
def top(frame): return frame.sort_values("people", ascending=False).town.tolist()
def largest(frame): return frame.sort_values("people", ascending=False).reset_index(drop=True)
def double(frame): frame["twice"] = 2 * frame.people
def by_town(frame): return frame.groupby("town").people.sum()
def with_objects(frame): return frame.assign(made=[object(), object()])
def fake(frame):
    class DataFrame(pd.DataFrame):
        def equals(self, other): return True
        def __eq__(self, other): return pd.DataFrame({"all": [True]})
    return DataFrame({"town": ["Rome"]})
"""


def test_tables_go_both_ways_and_are_changed_in_place() -> None:
    check(
        locked(GIVEN),
        answer(ANSWER),
        hidden("assert top(towns()) == ['Kyiv', 'Oslo'] and by_town(towns())['Kyiv'] == 2.9"),
        hidden("pd.testing.assert_frame_equal(largest(towns()), towns()[::-1].reset_index(drop=True))"),
        hidden("frame = towns()\ndouble(frame)\nassert frame.twice.tolist() == [1.4, 5.8]"),
    )


def test_a_table_that_pretends_passes_no_test() -> None:
    tests = [
        "assert fake(towns()).equals(towns())",
        "assert (fake(towns()) == towns()).all().all()",
        "pd.testing.assert_frame_equal(fake(towns()), towns())",
        "with_objects(towns())",
    ]
    report = run(locked(GIVEN), answer(ANSWER), *map(visible, tests))
    assert [cell.ending is Ending.ok for cell in report.cells[2:]] == [False] * 4
    assert "A column of dtype object cannot be handed over" in report.cells[-1].message
