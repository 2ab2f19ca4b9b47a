"""What is known of the functions that work on a whole network: its start, forward and backward passes, its training.

A step of gradient descent follows a gradient, and that one is compared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .forms import Array, Batches, Cache, Dict, Labels, Number, Numbers, Tuple, Values
from .known import Known, Own, backward_order, generator, implied, like_parameters, network

NETWORKS = ((1, 1, 1, 2), (2, 1, 1, 2), (3, 2, 3, 3))  # samples, then the units of the layers
DEEP = ((1, 1, 2), (1, 1, 1, 2), (2, 3, 2, 3))  # the units of the layers
RATE = 0.5
PARAMETERS = Dict(like_parameters, "parameters")
GRADIENTS = Dict(lambda v: like_parameters(v, "d"), "gradients")
LOSS = Number("loss")

START = Known(
    DEEP,
    lambda d, *units: {**d.network(*units), "net_dims": list(units)},
    lambda own, v: (v["net_dims"], generator()),
    PARAMETERS,
)
FORWARD = Known(
    NETWORKS,
    lambda d, m, *units: d.batch(m, *units),
    lambda own, v: (v["X"], network(v)),
    Tuple(
        Array("A2", shape=lambda v: (len(v["W2"]), v["X"].shape[1])),
        Cache("caches"),
    ),
)
STEP_IN = "the gradient that your step follows in {}"
SAMPLE = replace(
    FORWARD,
    sizes=((1, 1, 2), (1, 1, 1, 2), (2, 3, 2, 3)),
    draw=lambda d, *units: d.batch(1, *units),
    call=lambda own, v: (v["X"], int(v["Y"][0, 0]), network(v)),
)
ONE_STEP = Known(
    NETWORKS,
    lambda d, m, *units: d.batch(m, *units),
    lambda own, v: (v["X"], v["Y"], network(v), RATE, v["Y"].size, 1, generator()),
    Tuple(PARAMETERS, Numbers("costs", 1)),
    lambda own, v: own.train(v["X"], v["Y"], network(v), RATE, v["Y"].size, 1, generator())[1][0],
    lambda result, v: implied(result[0], v, RATE),
    named=STEP_IN,
    against="the loss that it reports",
    note="check looks at a single step, on the whole batch.",
)


def _whole_network(own: Own, v: Values) -> tuple[Any, ...]:
    scores, caches = own.multi_layer_forward(v["X"], network(v))[:2]
    cache = own.softmax_cross_entropy_loss(scores, v["Y"])[1]
    return own.softmax_cross_entropy_loss_der(v["Y"], cache), caches, network(v)


def _one_iteration(own: Own, v: Values) -> tuple[Any, ...]:
    units = [len(v["X"]), len(v["W1"]), len(v["W2"])]
    return v["X"], v["Y"], units, 1, RATE, False, network(v)


def _stay(x: Any, y: int, parameters: Values, rate: float) -> Values:
    return parameters


# By name; where assignments differ, by the number of arguments too.
NETWORK_FUNCTIONS: dict[str, tuple[Known, ...]] = {
    "initialize_network": (replace(START, call=lambda own, v: (v["net_dims"],)),),
    "initialise": (START,),
    "he_initialise": (START,),
    "forward": (FORWARD,),
    "backward": (
        replace(
            FORWARD,
            call=lambda own, v: (v["Y"], own.forward(v["X"], network(v))[1], network(v)),
            result=GRADIENTS,
            loss=lambda own, v: own.cross_entropy(own.forward(v["X"], network(v))[0], v["Y"]),
            gradients=backward_order,
            needs=("forward", "cross_entropy"),
        ),
    ),
    "back_propagation": (
        replace(
            FORWARD,
            call=lambda own, v: (v["X"], v["Y"], own.forward(v["X"], network(v))[1], network(v)),
            result=GRADIENTS,
            loss=lambda own, v: own.average_ce(v["Y"], own.forward(v["X"], network(v))[0]),
            gradients=backward_order,
            needs=("forward", "average_ce"),
        ),
    ),
    "multi_layer_backward": (
        replace(
            FORWARD,
            call=_whole_network,
            result=GRADIENTS,
            loss=lambda own, v: own.softmax_cross_entropy_loss(own.multi_layer_forward(v["X"], network(v))[0], v["Y"])[
                2
            ],
            gradients=backward_order,
            needs=("multi_layer_forward", "softmax_cross_entropy_loss"),
        ),
    ),
    "classify": (replace(FORWARD, result=Labels("labels", "X")),),
    "predict": (
        replace(
            FORWARD,
            result=Tuple(
                Labels("labels", "X"),
                Array("probabilities", shape=lambda v: (len(v["W2"]), v["X"].shape[1])),
            ),
        ),
    ),
    "update_parameters": (
        replace(
            START,
            new_entries=True,
            call=lambda own, v: (network(v), {f"d{k}": one / 2 for k, one in network(v).items()}, 1, RATE),
        ),
    ),
    "momentum_step": (
        replace(
            START,
            call=lambda own, v: (
                network(v),
                network(v),
                {f"d{name}": one / 2 for name, one in network(v).items()},
                RATE,
                0.5,
            ),
            result=Tuple(Dict(like_parameters, "parameters"), Dict(like_parameters, "velocity")),
        ),
    ),
    "train": (
        ONE_STEP,
        replace(
            ONE_STEP,
            arguments=6,
            call=lambda own, v: (v["X"], v["Y"], network(v), RATE, 0.5, 1),
            loss=lambda own, v: own.train(v["X"], v["Y"], network(v), RATE, 0.5, 1)[1][0],
        ),
    ),
    "multi_layer_network": (
        replace(
            ONE_STEP,
            call=_one_iteration,
            result=Tuple(Numbers("costs", 1), PARAMETERS),
            loss=lambda own, v: own.multi_layer_network(*_one_iteration(own, v))[0][0],
            gradients=lambda result, v: implied(result[1], v, RATE),
        ),
    ),
    "feed_forward_sample": (replace(SAMPLE, result=Tuple(LOSS, Number("label"))),),
    "feed_forward_dataset": (
        replace(
            FORWARD,
            call=lambda own, v: (v["X"], v["Y"], network(v)),
            result=Tuple(LOSS, Number("accuracy")),
        ),
    ),
    "train_one_sample": (
        replace(
            SAMPLE,
            call=lambda own, v: (v["X"], int(v["Y"][0, 0]), network(v), RATE),
            result=PARAMETERS,
            loss=lambda own, v: own.feed_forward_sample(v["X"], int(v["Y"][0, 0]), network(v))[0],
            gradients=lambda after, v: implied(after, v, RATE),
            needs=("feed_forward_sample",),
            named=STEP_IN,
        ),
    ),
    "gradient_errors": (
        replace(
            SAMPLE,
            call=lambda own, v: (_stay, v["X"], int(v["Y"][0, 0]), network(v)),
            result=Dict(lambda v: {n: Number(f"errors[{n}]") for n in range(1, 1 + len(network(v)) // 2)}),
        ),
    ),
    "minibatches": (
        Known(
            ((1, 2, 1), (2, 7, 3)),
            lambda d, n, m, size: {"X": d.numbers(n, m), "Y": d.labels(3, m), "batch_size": size},
            lambda own, v: (v["X"], v["Y"], v["batch_size"], generator()),
            Batches(),
            read=list,
        ),
    ),
}
