"""Words a diagnosis for the student: what is wrong with a function, in one or two sentences.

A misconception that the bank knows has its own words. Otherwise it is said which rung of the ladder breaks, where, and
what wrong values are right up to; never what would be right.
"""

from __future__ import annotations

from autograder.engine.diagnoses import Diagnosis, Relation, Rung

NAMED = ("first", "second", "third", "fourth", "fifth", "sixth")


def what_is_wrong(diagnosis: Diagnosis) -> str:
    """Return what the student reads of a diagnosis, before the call that shows it."""
    if diagnosis.known:
        return " ".join(known.says for known in diagnosis.known)
    name, place = diagnosis.exercise, _place(diagnosis.where)
    raised = diagnosis.example.theirs.removeprefix("raises ") if diagnosis.example else "an exception"
    said = f" ({diagnosis.example.raised})" if diagnosis.example and diagnosis.example.raised else ""
    sentences = {
        Rung.missing: f"There is no function {name} when the notebook has run: has its cell ended with an error?",
        Rung.raises: f"{name} raises {raised}{said} for input that the exercise allows.",
        Rung.lost: f"A call of {name} does not come back: look for a loop without end.",
        Rung.form: f"{place} does not have the form that the exercise asks for.",
        Rung.shape: f"{place} has another shape than the exercise asks for.",
        Rung.integers: f"{place} consists of integers: the fractions are cut off.",
        Rung.not_finite: f"{place} holds nan or inf for input that the exercise allows.",
        Rung.value: f"{place} is wrong.",
        Rung.slow: f"{name} is right on small inputs, but takes too long: look for loops over single entries.",
        Rung.side_effect: f"{name} {_changes(diagnosis)}, which the caller still needs.",
    }
    sentence = sentences[diagnosis.rung]
    return f"{sentence} {_up_to(diagnosis.relation)}".rstrip() if diagnosis.relation else sentence


def which_result(diagnosis: Diagnosis) -> str:
    """Return which part of the result a call shows, as in "the second result"; empty text where it is all of it."""
    text = _place(diagnosis.where) if diagnosis.where else ""
    return text[:1].lower() + text[1:]


def _changes(diagnosis: Diagnosis) -> str:
    return diagnosis.example.theirs if diagnosis.example else "changes its argument"


def _place(where: tuple[str | int, ...]) -> str:
    """Return words for the way into a result."""
    if not where:
        return "The result"
    words = []
    for key in where:
        if isinstance(key, int):
            words.append(f"the {NAMED[key]} result" if key < len(NAMED) else f"result {key + 1}")
        else:
            words.append(f"the entry {key!r}")
    text = " of ".join(reversed(words))
    return text[0].upper() + text[1:]


def _up_to(relation: Relation) -> str:
    """Return what wrong values are right up to."""
    number, size = relation.number, relation.size
    counted = "last" if number == -1 else f"{_ordinal(int(number))}"
    return {
        "factor": f"It is {size or f'{number:.6g}'} times the right one for every input that was tried.",
        "sign": "Only its sign is wrong.",
        "offset": f"It is off by the same number everywhere: {number:.6g}.",
        "transposed": "It is the right one transposed.",
        "order": "The right numbers are there, in another order.",
        "zeros": "It is wrong only where the input is exactly 0.",
        "row": f"Only its {counted} row is wrong.",
        "column": f"Only its {counted} column is wrong: one sample.",
    }.get(relation.kind, "")


def _ordinal(number: int) -> str:
    return (
        NAMED[number - 1] if 0 < number <= len(NAMED) else f"{abs(number)}th from last" if number < 0 else f"{number}th"
    )
