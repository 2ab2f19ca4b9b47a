"""Right answers whose results come in another form, which costs nothing: the values are the same, up to 32 bits."""

from __future__ import annotations

FORMS = {  # what becomes of a number or an array
    "32 bits": "np.asarray(value, np.float32)[()] if np.asarray(value).dtype == float else value",
    "columns one after the other, numbers as arrays": "np.asarray(value, order='F')",
    "arrays that cannot be written to": "np.broadcast_to(value, np.shape(value))",
    "lists for tuples, dictionaries of another class": "value",
}
TEXT = """
{answer}

def in_a_form(value):
    from collections import OrderedDict
    if hasattr(value, "keys"):
        return OrderedDict((key, in_a_form(entry)) for key, entry in value.items())
    if hasattr(value, "__next__"):
        return map(in_a_form, value)
    if isinstance(value, (tuple, list)):
        return [in_a_form(entry) for entry in value]
    return value if value is None else {form}

def {exercise}(*given, answer={exercise}, form=in_a_form, **named):
    return form(answer(*given, **named))
"""


def in_form(answer: str, exercise: str, form: str) -> str:
    """Return an answer whose results have a form of `FORMS`."""
    return TEXT.format(answer=answer, exercise=exercise, form=FORMS[form])
