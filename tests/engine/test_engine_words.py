"""What a failed test says of the cell or function that it follows from: which one, and how that ended."""

from __future__ import annotations

from engine_cells import NUMPY, answer, extra, hidden, last, locked, printed, run, visible

from autograder.engine.items import Cell, Ending, Kind

STUB = 'def relu(Z):\n    raise NotImplementedError("not written yet")'
ACCURACY = (
    "try: found = parameters\nexcept NameError: found = None\nassert found, 'No network: did the training cell end?'"
)


def training(source: str) -> Cell:
    """Return the locked cell that trains."""
    return Cell(Kind.locked, "training", source, source)


def test_an_accuracy_says_how_the_training_has_ended() -> None:
    train = "def train(X):\n    costs = []\n    return cost"
    found = last(answer(train), training("parameters = train(3)"), hidden(ACCURACY))
    assert found.ending is Ending.failed
    assert found.message == (
        "No network: did the training cell end? The cell training has ended with this: NameError: name 'cost' is not "
        "defined (line 3, in train: return cost)"
    )
    assert found.detail.startswith(found.message)


def test_a_training_that_has_begun_is_quoted_too() -> None:
    source = "networks = []\nfor k in range(3):\n    networks.append(train(k))"
    test = hidden("assert len(networks) == 3, 'There are no networks.'")
    found = last(answer("def train(k):\n    return 1 / (1 - k)"), training(source), test)
    assert found.message == (
        "There are no networks. The cell training has ended with this: ZeroDivisionError: division by zero (line 2, in "
        "train: return 1 / (1 - k))"
    )


def test_a_training_that_ran_to_its_end_is_not_accused() -> None:
    cells = answer("def train(k):\n    return k"), training("parameters = train(0)"), extra("1 / 0")
    assert last(*cells, hidden(ACCURACY)).message == "No network: did the training cell end?"
    other = Cell(Kind.locked, "other", "unused = 1 / 0", "unused = 1 / 0")
    assert last(*cells, other, hidden(ACCURACY)).message == "No network: did the training cell end?"


def test_a_training_that_took_too_long_is_quoted() -> None:
    slow = Cell(Kind.locked, "training", "parameters = train(0)", "parameters = train(0)", 1)
    found = last(answer("def train(k):\n    while True: pass"), slow, hidden(ACCURACY))
    assert found.message.endswith(
        "The cell training has ended with this: Stopped after 1 seconds: this did not come to an end."
    )


def test_what_is_not_written_is_named_where_it_is_missed() -> None:
    softmax = "def softmax(Z):\n    return relu(Z)"
    for test in (visible, hidden):
        found = last(answer(STUB), answer(softmax), test("assert softmax(1) == 1"))
        assert found.message == "relu is not written yet."
        assert "NotImplementedError: not written yet" in found.detail
    bare = answer("def relu(Z):\n    raise NotImplementedError")
    assert last(bare, hidden("assert relu(1) == 1")).message == "relu is not written yet."
    other = answer("def relu(Z):\n    raise NotImplementedError('no lists')")
    assert last(other, hidden("assert relu(1) == 1")).message.startswith(
        "NotImplementedError: no lists (line 2, in relu"
    )


def test_a_line_is_told_with_its_function_or_its_cell() -> None:
    report = run(extra("\n\nx = 1\ny = x / 0"), hidden("assert y == 1"))
    place = "ZeroDivisionError: division by zero (line 4 of the cell extra: y = x / 0)"
    assert report.cells[0].message == place
    inner = answer("def relu(Z):\n    def inner(z):\n        return z / 0\n    return inner(Z)")
    assert last(inner, hidden("relu(1)")).message.endswith("(line 3, in inner: return z / 0)")


def test_a_cell_without_a_name_of_its_own_has_a_number() -> None:
    own = Cell(Kind.student, "cell 3", "y = 1 / 0", "y = 1 / 0")
    assert run(own).cells[0].message.endswith("(line 1 of cell 3: y = 1 / 0)")


def test_no_message_holds_the_name_of_a_file_that_nobody_knows() -> None:
    warning = "import warnings\n\nwarnings.warn('careful')\nraise SyntaxError('so (0123456789.py, line 7)')"
    cell = run(extra(warning)).cells[0]
    assert ".py" not in printed(cell)
    assert "line 3 of a cell: UserWarning: careful" in printed(cell)
    assert ".py" not in cell.message
    broken = run(extra("\n".join(["x = 1"] * 600) + "\nx ="), hidden("assert x == 1")).cells
    assert broken[0].message == "SyntaxError: invalid syntax (line 601 of a cell)"
    for source in ("def f(:", "def f():\nreturn 1", "if 1:\n        x = 1\n    y = 1", "if 1:\n\tx = 1\n        y = 1"):
        report = run(extra(source), hidden("f(1)"), answers=frozenset({"f"}))
        for found in report.cells:
            assert ".py" not in found.message + found.detail
            assert found.message


def test_a_missing_key_is_explained() -> None:
    relu = answer("def relu(Z):\n    return Z, {'A': Z}\ndef relu_der(dA, cache):\n    return dA * (cache['Z'] > 0)")
    for test in (visible, hidden):
        found = last(locked(NUMPY), relu, test("relu_der(1, relu(1)[1])"))
        assert found.message == (
            "KeyError: 'Z' (line 4, in relu_der: return dA * (cache['Z'] > 0)). What this line reads has no such key: "
            "look how the function that made it calls it."
        )
    found = last(relu, visible("assert relu(1)[1]['Z'] == 1"))
    assert found.message == "KeyError: 'Z'. The test looks for a key that is not there."
