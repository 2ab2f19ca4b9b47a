"""The form of the instructor notebook `multi_layer`, and what is special about it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from notebook_form import Form, NotebookForm

POINTS = {
    "relu": 6,
    "relu_der": 10,
    "softmax_cross_entropy_loss": 15,
    "softmax_cross_entropy_loss_der": 15,
    "initialize_network": 10,
    "linear_forward": 5,
    "linear_backward": 13,
    "classify": 10,
    "update_parameters": 4,
    "multi_layer_network": 8 + 4,
}
GIVEN = (
    "imports",
    "sample_mnist",
    "linear",
    "linear_der",
    "layer_forward",
    "multi_layer_forward",
    "layer_backward",
    "multi_layer_backward",
    "training",
)


class TestMultiLayer(NotebookForm):
    """The notebook `multi_layer`."""

    form = Form("multi_layer", POINTS, GIVEN, {"parameters"})

    def test_table_of_points_agrees_with_the_cells(self) -> None:
        table = next(cell for cell in self.form.notebook.cells if cell.id == "points").source
        parts = self.form.points_in_table()
        parts["multi_layer_network"] += 4
        assert parts == POINTS
        assert re.search(r"the trained network 4 \| 16 \|", table)
        assert "**100**" in table

    def test_trained_network_is_trained_once(self) -> None:
        at = [cell.id for cell in self.form.code if "500" in cell.source and "multi_layer_network(" in cell.source]
        assert at == ["multi_layer_network", "training"]

    def test_reference_loss_of_large_scores_is_exact(self, finished: dict[str, Any]) -> None:
        scores = np.array([[1000.0, 0], [0, 1000], [0, -1000]])
        probabilities, _, loss = finished["softmax_cross_entropy_loss"](scores, np.array([[1, 1]]))
        assert loss == 500.0
        assert np.array_equal(probabilities, [[1, 0], [0, 1], [0, 0]])

    def test_reference_prints_what_it_records(
        self, finished: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        train = finished["multi_layer_network"]
        costs, _ = train(np.ones((3, 4)), np.array([[0, 1, 0, 1]]), [3, 4, 2], num_iterations=61)
        lines = capsys.readouterr().out.splitlines()
        assert [int(line.split()[1].rstrip(":")) for line in lines] == [1, 21, 41, 61]
        assert [line.split()[-1] for line in lines] == [f"{cost:.5f}" for cost in costs]
