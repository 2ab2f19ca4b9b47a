"""Which tests start first, so that no worker is left alone with a long one at the end.

A table of what takes minutes, the longest first: the beginnings of test ids. What is not named keeps its place behind
them. Measure anew with `make test TESTS=--durations=40`; a test that is missing here costs time, nothing else.
"""

from __future__ import annotations

LONGEST = (
    "cheats/test_cheats.py::",
    "autograder/test_sample_class.py::",
    "book/test_book_gives_nothing_away.py::test_no_page_solves_an_exercise",  # builds the book, which others wait for
    "oddities/test_oddities.py::",
    "cheats/test_cheats_browser.py::",
    "autograder/test_cluster.py::",
    "source/test_deep_variants.py::TestDeep::test_the_reference",
    "source/test_momentum_variants.py::TestMomentum::test_the_reference",
    "source/test_two_layer_variants.py::TestTwoLayer::test_what_the_trained_network_shows",
    "autograder/test_new_course.py::test_the_courses_own_solutions",
    "autograder/test_quickstart.py::",
    "book/test_book_build.py::",
    "engine/test_engine_troubles.py::",
    "autograder/test_formgrader.py::",
    "autograder/test_databases.py::",
    "autograder/test_resume.py::",
    "autograder/test_farm.py::",
)


def place(node_id: str) -> int:
    """Return where a test belongs in the order."""
    name = node_id.removeprefix("tests/")
    return next((number for number, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))
