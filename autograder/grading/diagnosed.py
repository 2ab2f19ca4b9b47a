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
        Rung.missing: f"There is no function {name} when the notebook has run: is its name spelt like this?",
        Rung.raises: f"{name} raises {raised}{said} for input that the exercise allows.",
        Rung.lost: f"A call of {name} does not come back: look for a loop without end.",
        Rung.form: _form(diagnosis, place),
        Rung.shape: f"{place} has another shape than the exercise asks for.",
        Rung.integers: f"{place} consists of integers: the fractions are cut off.",
        Rung.not_finite: f"{place} holds nan or inf for input that the exercise allows.",
        Rung.value: f"{place} is wrong.",
        Rung.unsteady: f"{name} does not always give the same for the same call: look for something that is kept "
        "from call to call, or drawn at random.",
        Rung.slow: f"{name} is right on small inputs, but takes too long: look for loops over single entries.",
        Rung.side_effect: f"{name} {_changes(diagnosis)}, which the caller still needs.",
    }
    sentence = sentences[diagnosis.rung]
    return f"{sentence} {_up_to(diagnosis.relation)}".rstrip() if diagnosis.relation else sentence


def which_result(diagnosis: Diagnosis) -> str:
    """Return which part of the result a call shows, as in "the second result"; an empty string for all of it."""
    text = _place(diagnosis.where) if diagnosis.where else ""
    return text[:1].lower() + text[1:]


def _form(diagnosis: Diagnosis, place: str) -> str:
    if diagnosis.example and diagnosis.example.theirs == "None":
        if diagnosis.where:
            return f"{place} is None, which is not what the exercise asks for."
        return f"{diagnosis.exercise} returns nothing: does it end with return and what the exercise asks for?"
    return f"{place} does not have the form that the exercise asks for."


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
    place = _ordinal(int(relation.number))
    return {
        "factor": f"{_times(relation)} for every input that was tried.",
        "sign": "Only its sign is wrong.",
        "offset": f"It is off by the same number everywhere: {relation.number:.6g}.",
        "transposed": "It is the right one transposed.",
        "signs": "The numbers are right but for the signs of some of them.",
        "order": "The right numbers are there, in another order.",
        "zeros": "It is wrong only where the input is exactly 0.",
        "row": f"Only its {place} row is wrong.",
        "column": f"Only its {place} column is wrong: one sample.",
        "rows": "Every row is the right one times a factor, which differs from row to row.",
        "columns": "Every column is the right one times a factor, which differs from column to column.",
    }.get(relation.kind, "")


def _times(relation: Relation) -> str:
    """Return words for a factor."""
    size = relation.size.removeprefix("-")
    turned = ", with the wrong sign," if size != relation.size else ""
    if size.startswith("1 / "):
        return f"It is the right one divided by {size.removeprefix('1 / ')}{turned}"
    return f"It is {size or f'{relation.number:.6g}'} times the right one{turned}"


def _ordinal(number: int) -> str:
    """Return the word for a place that is counted from 1 on, or from -1 on backwards."""
    place = abs(number)
    word = NAMED[place - 1] if place <= len(NAMED) else f"{place}th"
    if number < 0:
        return "last" if place == 1 else f"{word}-last"
    return word
