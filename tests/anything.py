"""Strategies for what a hostile program may write: any JSON value, and parts of the engine's messages."""

from __future__ import annotations

from hypothesis import strategies as st

from autograder.engine.inside.codecs import CODECS

WORDS = ["code", "markdown", "raw", "double", "square", "test-double-hidden", "given", "nbgrader", "grade_id", "\ud800"]
WORDS += ["f", "g", "x", "__class__", "<b>"]
TEXT = st.text(max_size=6) | st.sampled_from(WORDS)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda of: st.lists(of, max_size=3) | st.dictionaries(TEXT, of, max_size=3),
    max_leaves=6,
)
REFERENCE = st.integers(-1, 5).map(lambda number: [number]) | ANY
TAGS = [*(codec.tag for codec in CODECS), *"uhokS"]
NODE = st.builds(lambda tag, parts: [tag, *parts], st.sampled_from(TAGS), st.lists(REFERENCE, max_size=5))
CHANGES = ANY | st.lists(st.tuples(st.integers(-1, 3), REFERENCE).map(list), max_size=2)
FRAMES = ANY | st.lists(st.tuples(st.integers(-2, 9), st.integers(-2, 9), TEXT).map(list), max_size=2)
FAULT = ANY | st.fixed_dictionaries({"kinds": st.lists(TEXT, max_size=2), "text": TEXT}, optional={"frames": FRAMES})
