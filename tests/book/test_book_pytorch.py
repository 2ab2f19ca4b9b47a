"""The recorded comparison with PyTorch belongs to today's reference; where PyTorch is installed, it is run again."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest
from book_pages import BOOK, ROOT

sys.path.append(str(BOOK))
import pytorch_run

AGAIN = "The reference or the data have changed: run `python book/pytorch_run.py` where PyTorch is installed."


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    return json.loads(pytorch_run.COMMITTED.read_text(encoding="utf-8"))


def test_the_recorded_numbers_are_those_of_the_reference(recorded: dict[str, Any]):
    gradients, losses = pytorch_run.by_hand()
    assert list(recorded["gradients"]) == list(gradients), AGAIN
    for name, row in recorded["gradients"].items():
        value = gradients[name][tuple(row["entry"])]
        # Other processors add in another order; 1e-12 of these sums of size 0.1 is far above that.
        assert value == pytest.approx(row["by hand"], abs=1e-12), AGAIN
        assert abs(value) == pytest.approx(np.abs(gradients[name]).max(), abs=1e-12), AGAIN
    # Training multiplies the rounding of 210 steps.
    assert losses == pytest.approx(recorded["losses"]["by hand"], abs=1e-9), AGAIN


def test_the_recorded_sides_agree(recorded: dict[str, Any]):
    check(recorded)


def test_the_recorded_version_is_the_pinned_one(recorded: dict[str, Any]):
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"torch=={recorded['versions']['PyTorch']}" in pinned, AGAIN


@pytest.mark.long
def test_pytorch_finds_the_same_numbers_today():
    pytest.importorskip("torch")
    check(pytorch_run.compare())


@pytest.mark.parametrize("installed", [False, pytest.param(True, marks=pytest.mark.long)])
def test_the_page_says_where_its_numbers_are_from(monkeypatch: pytest.MonkeyPatch, installed: bool):
    if installed:
        pytest.importorskip("torch")
    else:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found, sentence = pytorch_run.result()
    assert ("was not installed" in sentence) is not installed
    assert found["versions"]["PyTorch"] in sentence


def check(found: dict[str, Any]) -> None:
    assert list(found["gradients"]) == [f"{kind}{layer}" for layer in (1, 2, 3, 4) for kind in "Wb"]
    for name, row in found["gradients"].items():
        assert row["largest difference"] < 1e-10, name
        assert row["by hand"] == pytest.approx(row["PyTorch"], abs=1e-10), name
    ours, theirs = found["losses"]["by hand"], found["losses"]["PyTorch"]
    assert len(ours) == len(theirs) == pytorch_run.EPOCHS + 1
    assert ours == pytest.approx(theirs, abs=1e-8)
    assert ours[-1] < 0.1 < 2 < ours[0], "The network has not learnt."
