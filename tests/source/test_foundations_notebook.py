"""The form of the instructor notebook `foundations`, and the published numbers that its functions give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from notebook_form import Form, WrittenForm

POINTS = {
    "l1_loss": 5,
    "l1_subgradient": 15,
    "l1_fit": 15,
    "weighted_median": 5,
    "box_network": 10,
    "approximate": 15,
    "softmax_jacobian": 15,
    "cross_entropy_via_jacobian": 10,
}


class TestFoundations(WrittenForm):
    """The notebook `foundations`."""

    form = Form("foundations", POINTS, ("imports", "step_network"), set(), by_hand=10)

    def test_the_reference_fit(self, finished: dict[str, Any]) -> None:
        """The smallest loss of thirty samples with five outliers, known from a linear program."""
        rng = np.random.RandomState(0)
        X = rng.randn(30, 3).T
        Y = np.array([[1, -2, 0.5]]) @ X + 0.1 * rng.randn(1, 30)
        Y[0, :5] += 10
        w = finished["l1_fit"](X, Y)
        assert finished["l1_loss"](X, Y, w) == pytest.approx(1.7520718906359163, rel=1e-6)
        at_zero = finished["l1_subgradient"](X, Y, np.zeros((3, 1)))
        assert np.allclose(at_zero, [[-0.4658808342], [0.5755663477], [-0.1144125241]], rtol=0, atol=1e-9)

    def test_medians(self, finished: dict[str, Any]) -> None:
        x, y = np.array([[1, -2, 0.5, 4, 3]]), np.array([[2.0, 1, 3, 2, 9]])
        median = finished["weighted_median"]((y / x)[0], np.abs(x)[0])
        assert median == pytest.approx(0.5)
        assert finished["l1_loss"](x, y, np.array([[median]])) == pytest.approx(2.75)
        assert finished["l1_loss"](np.ones((1, 4)), np.array([[1, 2, 7, 100]]), np.array([[4.5]])) == pytest.approx(26)

    @pytest.mark.parametrize(
        ("frequency", "eps", "pieces", "error"),
        [
            (1, 0.5, 7, 0.433884),
            (1, 0.1, 32, 0.098017),
            (1, 0.01, 315, 0.009973),
            (3, 0.5, 19, 0.489289),
            (3, 0.1, 95, 0.099134),
        ],
    )
    def test_errors_of_step_networks(
        self, finished: dict[str, Any], frequency: int, eps: float, pieces: int, error: float
    ) -> None:
        def sine(x: np.ndarray) -> np.ndarray:
            return np.sin(frequency * x)

        network = finished["approximate"](sine, frequency, np.pi, eps)
        assert len(network[0]) == pieces - 1
        x = np.linspace(-np.pi, np.pi, 100_001)[np.newaxis]
        measured = np.abs(finished["step_network"](x, *network) - sine(x)).max()
        assert measured == pytest.approx(error, rel=1e-3)
        assert measured <= eps

    def test_the_jacobian_of_three_scores(self, finished: dict[str, Any]) -> None:
        z = np.array([1.0, 2, 3])
        J = finished["softmax_jacobian"](z)
        assert np.allclose(np.linalg.eigvalsh(J), [0, 0.11855330013, 0.37090364198], rtol=0, atol=1e-11)
        expected = [0.0900305732, 0.2447284711, -0.3347590442]
        assert np.allclose(finished["cross_entropy_via_jacobian"](z, 2), expected, rtol=0, atol=1e-10)
