"""The form of the instructor notebook `deep`."""

from __future__ import annotations

from notebook_form import Form, WrittenForm

POINTS = {
    "sigmoid": 5,
    "dsigmoid": 10,
    "initialise": 10,
    "feed_forward_sample": 10,
    "feed_forward_dataset": 5,
    "train_one_sample": 20,
    "gradient_errors": 10,
    "he_initialise": 5,
    "minibatches": 5,
    "train": 10,
    "predict": 5,
}
GIVEN = ("imports", "softmax", "tiny_network", "doubtful_step", "shrink", "deep_forward")


class TestDeep(WrittenForm):
    """The notebook `deep`."""

    form = Form("deep", POINTS, GIVEN, {"sigmoid_networks", "deep_networks"}, by_hand=5)
    shared_seeds = frozenset({"51", "470"})
