"""The form of the instructor notebook `momentum`."""

from __future__ import annotations

from notebook_form import Form, WrittenForm

POINTS = {
    "relu": 5,
    "softmax": 10,
    "compute_layer": 5,
    "average_ce": 10,
    "grad_ce": 10,
    "back_propagation": 25,
    "momentum_step": 10,
    "train": 10,
}
GIVEN = ("imports", "data", "forward", "initialise", "training", "evaluate")


class TestMomentum(WrittenForm):
    """The notebook `momentum`."""

    form = Form("momentum", POINTS, GIVEN, {"parameters"}, by_hand=15)
    shared_seeds = frozenset({"81"})  # those of training look at one trajectory from several sides
