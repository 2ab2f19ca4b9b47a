"""The form of the instructor notebook `two_layer`, and what is special about it."""

from __future__ import annotations

import base64
import io
import re
import sys
from typing import Any

import numpy as np
from assignment_cells import REPOSITORY
from notebook_form import Form, NotebookForm
from PIL import Image

sys.path.append(str(REPOSITORY / "book"))
import figures_loop

POINTS = {
    "one_hot": 5,
    "relu": 5,
    "relu_der": 10,
    "softmax": 15,
    "cross_entropy": 15,
    "softmax_cross_entropy_der": 15,
    "forward": 10,
    "backward": 15,
    "train": 7 + 3,
}
GIVEN = ("imports", "sample_digits", "starting_parameters", "share_right", "training")


def pixels(picture: bytes) -> np.ndarray:
    """Return the colours of a PNG file."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=int)


class TestTwoLayer(NotebookForm):
    """The notebook `two_layer`."""

    form = Form("two_layer", POINTS, GIVEN, {"last_three"})

    def test_table_of_points_agrees_with_the_cells(self) -> None:
        table = next(cell for cell in self.form.notebook.cells if cell.id == "points").source
        parts = self.form.points_in_table()
        parts["train"] += 3
        assert parts == POINTS
        assert "| `train` 7, the trained network 3 | 10 |" in table
        assert "**100**" in table

    def test_the_loop_is_walked_with_pictures(self) -> None:
        """Each picture is what the code in the book's folder draws, is small, and says in words what it shows."""
        text = [cell for cell in self.form.notebook.cells if cell.get("attachments")]
        assert [cell.id for cell in text] == ["exercise-one_hot", "walk-check", "walk-save", "walk-hand-in"]
        for cell, name in zip(text, figures_loop.PICTURES, strict=True):
            (alt,) = re.findall(rf"!\[([^\]]+)\]\(attachment:{name}\)", cell.source)
            assert len(alt) > 60
            picture = base64.b64decode(cell.attachments[name]["image/png"])
            assert len(picture) < 10_000
            drawn, kept = pixels(figures_loop.draw(name)), pixels(picture)
            assert drawn.shape == kept.shape, name
            # Another version of a font renderer may move an edge a little: most pixels are equal.
            changed = np.mean(np.abs(drawn - kept).max(axis=2) > 60)
            assert changed < 0.02, f"{name} is not what the code draws: run book/figures_loop.py"

    def test_trained_network_is_trained_once(self) -> None:
        (training,) = [cell for cell in self.form.code if cell.id == "training"]
        assert training.metadata.autograder.seconds >= 600
        assert "batch_size=32" in training.source
        assert "learning_rate=0.1" in training.source

    def test_the_published_numbers(self, finished: dict[str, Any]) -> None:
        """The loss of the three images, to the last digit, and the thirty entries of its gradient."""
        by_id = {cell.id: cell.source for cell in self.form.code}
        names = dict(finished)
        exec(by_id["test-cross_entropy-visible"], names)
        assert abs(names["loss"] - 9.451778874433794) < 1e-14
        exec(by_id["test-softmax_cross_entropy_der-visible"], names)
        dZ, targets = names["dZ"], names["one_hot"](names["Y"], 10)
        assert dZ.shape == (10, 3)
        assert np.allclose(3 * dZ + targets, names["A"], rtol=0, atol=1e-15)

    def test_starting_weights_have_the_variance_of_the_book(self, finished: dict[str, Any]) -> None:
        start = finished["starting_parameters"](np.random.default_rng(0))
        for layer, n_in in (("1", 784), ("2", 30)):
            # Estimated from 300 and 23,520 numbers it is known to 8 % and to 1 %.
            assert abs(start[f"W{layer}"].var() * n_in / 2 - 1) < 0.3
            assert not start[f"b{layer}"].any()
