"""What is known of the single functions of the course: activations, losses, layers and their derivatives.

It holds signatures, shapes, and which function a derivative belongs to; all of it stands in the docstrings too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .forms import Array, Cache, Number, Tuple
from .known import Known

MATRICES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 4))
CLASSES = ((2, 1), (2, 2), (3, 1), (3, 4))
LAYERS = ((1, 1, 1), (1, 2, 1), (2, 1, 1), (1, 1, 2), (2, 3, 4))  # units below, units, samples
LINES = ((1, 1), (1, 3), (2, 2), (3, 5))  # numbers of a sample, samples
LOSS = Number("loss")
BESIDE_0 = "At 0 itself, the docstring says what is asked; check stays away from it."

RELU = Known(
    MATRICES,
    lambda d, n, m: {"Z": d.away(n, m)},
    lambda own, v: (v["Z"],),
    Tuple(Array("A", like="Z"), Cache()),
)
LAYER = Known(
    LAYERS,
    lambda d, below, n, m: {
        "A_prev": d.numbers(below, m),
        "W": d.numbers(n, below),
        "b": d.away(n, 1),
    },
    lambda own, v: (v["A_prev"], v["W"], v["b"]),
    Array("Z", shape=lambda v: (len(v["W"]), v["A_prev"].shape[1])),
)
SCORES = Known(
    CLASSES,
    lambda d, n, m: {"Z": d.numbers(n, m)},
    lambda own, v: (v["Z"],),
    Array("A", like="Z"),
)
DERIVATIVE_IN_SCORES = Known(
    CLASSES,
    lambda d, n, m: {"Z": d.numbers(n, m), "Y": d.labels(n, m)},
    lambda own, v: (own.softmax(v["Z"]), v["Y"]),
    Array("dZ", like="Z"),
    lambda own, v: own.cross_entropy(own.softmax(v["Z"]), v["Y"]),
    lambda dZ, v: {"Z": dZ},
    ("softmax", "cross_entropy"),
)
ABSOLUTE = Known(
    LINES,
    lambda d, n, m: {"X": d.numbers(n, m), "Y": d.away(1, m), "w": d.numbers(n, 1)},
    lambda own, v: (v["X"], v["Y"], v["w"]),
    LOSS,
)
STEPS = Tuple(
    Array("W1", shape=lambda v: (None, 1)),
    Array("b1", shape=lambda v: (None, 1)),
    Array("W2", shape=lambda v: (1, None)),
    Array("b2", shape=lambda v: (1, 1)),
)

FUNCTIONS: dict[str, tuple[Known, ...]] = {
    "one_hot": (
        Known(
            CLASSES,
            lambda d, n, m: {"Y": d.labels(n, m), "n_classes": n},
            lambda own, v: (v["Y"], v["n_classes"]),
            Array("T", shape=lambda v: (v["n_classes"], v["Y"].size)),
        ),
    ),
    "relu": (RELU,),
    "relu_der": (
        Known(
            MATRICES,
            lambda d, n, m: {"Z": d.away(n, m), "dA": d.away(n, m)},
            lambda own, v: (v["dA"], own.relu(v["Z"])[1]),
            Array("dZ", like="Z"),
            lambda own, v: np.sum(v["dA"] * own.relu(v["Z"])[0]),
            lambda dZ, v: {"Z": dZ},
            ("relu",),
            note=BESIDE_0,
        ),
    ),
    "sigmoid": (SCORES,),
    "dsigmoid": (
        Known(
            MATRICES,
            lambda d, n, m: {"Z": d.away(n, m)},
            lambda own, v: (v["Z"],),
            Array("slopes", like="Z"),
            lambda own, v: np.sum(own.sigmoid(v["Z"])),
            lambda slopes, v: {"Z": slopes},
            ("sigmoid",),
            named="the derivative at {}",
        ),
    ),
    "softmax": (SCORES,),
    "cross_entropy": (
        Known(
            CLASSES,
            lambda d, n, m: {"A": d.chances(n, m), "Y": d.labels(n, m)},
            lambda own, v: (v["A"], v["Y"]),
            LOSS,
        ),
    ),
    "average_ce": (
        Known(
            CLASSES,
            lambda d, n, m: {"A": d.chances(n, m), "Y": d.labels(n, m)},
            lambda own, v: (v["Y"], v["A"]),
            LOSS,
        ),
    ),
    "softmax_cross_entropy_der": (DERIVATIVE_IN_SCORES,),
    "grad_ce": (
        replace(
            DERIVATIVE_IN_SCORES,
            call=lambda own, v: (v["Y"], own.softmax(v["Z"])),
            loss=lambda own, v: own.average_ce(v["Y"], own.softmax(v["Z"])),
            needs=("softmax", "average_ce"),
        ),
    ),
    "softmax_cross_entropy_loss": (
        Known(
            CLASSES,
            lambda d, n, m: {"Z": d.numbers(n, m), "Y": d.labels(n, m)},
            lambda own, v: (v["Z"], v["Y"]),
            Tuple(Array("A", like="Z"), Cache(), LOSS),
        ),
    ),
    "softmax_cross_entropy_loss_der": (
        replace(
            DERIVATIVE_IN_SCORES,
            call=lambda own, v: (v["Y"], own.softmax_cross_entropy_loss(v["Z"], v["Y"])[1]),
            loss=lambda own, v: own.softmax_cross_entropy_loss(v["Z"], v["Y"])[2],
            needs=("softmax_cross_entropy_loss",),
        ),
    ),
    "compute_layer": (LAYER,),
    "linear_forward": (
        replace(
            LAYER,
            result=Tuple(LAYER.result, Cache()),
        ),
    ),
    "linear_backward": (
        Known(
            LAYERS,
            lambda d, below, n, m: {**LAYER.draw(d, below, n, m), "dZ": d.away(n, m)},
            lambda own, v: (
                v["dZ"],
                own.linear_forward(v["A_prev"], v["W"], v["b"])[1],
                v["W"],
                v["b"],
            ),
            Tuple(*(Array(f"d{name}", like=name) for name in ("A_prev", "W", "b"))),
            lambda own, v: np.sum(v["dZ"] * own.linear_forward(v["A_prev"], v["W"], v["b"])[0]),
            lambda result, v: dict(zip(("A_prev", "W", "b"), result, strict=False)),
            ("linear_forward",),
        ),
    ),
    "l1_loss": (ABSOLUTE,),
    "l1_subgradient": (
        replace(
            ABSOLUTE,
            result=Array("g", like="w"),
            loss=lambda own, v: own.l1_loss(v["X"], v["Y"], v["w"]),
            gradients=lambda g, v: {"w": g},
            needs=("l1_loss",),
            named="the subgradient in {}",
            note="Where a residual is 0, any subgradient will do; check stays away from that.",
        ),
    ),
    "l1_fit": (
        Known(
            LINES,
            lambda d, n, m: {"X": d.away(n, m), "Y": d.away(1, m)},
            lambda own, v: (v["X"], v["Y"]),
            Array("w", shape=lambda v: (len(v["X"]), 1)),
        ),
    ),
    "weighted_median": (
        Known(
            ((1,), (2,), (5,)),
            lambda d, n: {"values": d.away(n), "weights": np.abs(d.away(n))},
            lambda own, v: (v["values"], v["weights"]),
            Number("t"),
        ),
    ),
    "box_network": (
        Known(
            ((1,), (2,)),
            lambda d, n: {"height": d.away(n).tolist()[0], "delta": 0.5 * n},
            lambda own, v: (v["height"], v["delta"]),
            STEPS,
        ),
    ),
    "approximate": (
        Known(
            ((1,), (4,)),
            lambda d, n: {"f": np.abs, "lipschitz": 1.0, "B": 1.0, "eps": 1.5 / n},
            lambda own, v: (v["f"], v["lipschitz"], v["B"], v["eps"]),
            STEPS,
        ),
    ),
    "softmax_jacobian": (
        Known(
            ((2,), (3,)),
            lambda d, n: {"z": d.numbers(n), "row": int(d.rng.integers(n))},
            lambda own, v: (v["z"],),
            Array("J", shape=lambda v: (v["z"].size, v["z"].size)),
            lambda own, v: own.softmax(v["z"])[v["row"]],
            lambda J, v: {"z": J[v["row"]]},
            ("softmax",),
            named="row {row} of J, the derivative in {}",
            optional=True,
        ),
    ),
    "cross_entropy_via_jacobian": (
        Known(
            ((2,), (3,)),
            lambda d, n: {"z": d.numbers(n), "y": n - 1},
            lambda own, v: (v["z"], v["y"]),
            Array("dz", like="z"),
            lambda own, v: -np.log(own.softmax(v["z"])[v["y"]]),
            lambda dz, v: {"z": dz},
            ("softmax",),
            optional=True,
        ),
    ),
}
