"""Digits as strokes of a pen, and what the page must make of them, written a second time in NumPy.

The figure's own code is `book/_static/figures/strokes.js`; this one knows no pages and no browsers.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Drawing = list[Points]
WIDE, HIGH, SLANT, FLAT, THICKEST, ROUNDS = 20, 32, 0.7, 3, 5.0, 4
MIDDLES = np.stack(np.meshgrid(np.arange(HIGH) + 0.5, np.arange(HIGH) + 0.5), axis=-1)


def arc(x: float, y: float, across: float, down: float, start: float, end: float) -> Points:
    """Return points of a part of an ellipse; 0 degrees point right, 90 down."""
    turn = np.radians(np.linspace(start, end, 24))
    return np.stack([x + across * np.cos(turn), y + down * np.sin(turn)], axis=1)


def path(*points: tuple[float, float]) -> Points:
    return np.array(points, dtype=float)


# On a pad of 100 by 100.
SKELETONS: dict[int, Drawing] = {
    0: [arc(50, 50, 30, 45, -90, 270)],
    1: [path((35, 25), (55, 5), (55, 95))],
    2: [np.concatenate([arc(50, 30, 27, 25, -170, 30), path((22, 95), (80, 95))])],
    3: [np.concatenate([arc(48, 27, 24, 22, -150, 80), arc(48, 71, 28, 24, -80, 150)])],
    4: [path((60, 5), (20, 65), (85, 65)), path((62, 40), (62, 95))],
    5: [path((75, 5), (32, 5), (28, 45)), arc(48, 67, 29, 27, -130, 140)],
    6: [np.concatenate([path((65, 5), (40, 35)), arc(50, 70, 25, 25, 180, -180)])],
    7: [path((20, 8), (78, 8), (42, 95))],
    8: [arc(50, 27, 21, 22, 90, 450), arc(50, 72, 26, 23, -90, 270)],
    9: [arc(50, 30, 24, 25, 0, -360), path((73, 35), (62, 95))],
}


def dense(stroke: Points, apart: float = 6) -> Points:
    """Return a stroke with points at most `apart` from each other, as a mouse leaves them."""
    parts = [stroke[:1]]
    for start, end in pairwise(stroke):
        number = max(1, int(np.hypot(*(end - start)) / apart))
        parts.append(start + (end - start) * np.arange(1, number + 1)[:, None] / number)
    return np.concatenate(parts)


def unsteady(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """Return a drawing by another hand: leaning, wider or narrower, and with a wobble in each stroke."""
    hand = np.eye(2) + rng.normal(0, 0.12, (2, 2))
    drawn = []
    for stroke in map(dense, drawing):
        along = np.linspace(0, 1, len(stroke))[:, None]
        wobble = sum(rng.normal(0, 2, 2) * np.sin(2 * np.pi * (waves * along + rng.random())) for waves in (0.5, 1, 2))
        drawn.append((stroke - 50) @ hand.T * 0.9 + 50 + wobble)
    return drawn


def upright(lines: Points) -> Points:
    """Take away most of the slant of lines of shape (number, 2, 2)."""
    length = np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1)
    middle = lines.mean(axis=1)
    x, y = (middle - np.average(middle, axis=0, weights=length)).T
    slope = SLANT * (length * x * y).sum() / (length * y * y).sum()
    return np.stack([lines[..., 0] - np.clip(slope, -1, 1) * lines[..., 1], lines[..., 1]], axis=-1)


def distances(lines: Points) -> Points:
    """Return the distance from the middle of each of 32x32 pixels to the nearest of the lines."""
    start, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    to = MIDDLES[:, :, None] - start
    square = (way * way).sum(axis=-1)
    along = np.clip((to * way).sum(axis=-1) / np.where(square > 0, square, 1), 0, 1)
    return np.linalg.norm(to - along[..., None] * way, axis=-1).min(axis=2)


def counts(drawing: Drawing, ink: int) -> NDArray[np.int64]:
    """Return the 8x8 counts of ink of a drawing that is neither a point nor level."""
    lines = upright(np.concatenate([np.stack([stroke[:-1], stroke[1:]], axis=1) for stroke in drawing]))
    low, high = lines.min(axis=(0, 1)), lines.max(axis=(0, 1))
    thick = 2.0
    for _ in range(ROUNDS):
        across, down = (np.array([WIDE, HIGH]) - 2 * thick) / np.maximum(high - low, 1e-6)
        down = min(down, FLAT * across)
        far = distances(HIGH / 2 + (lines - (low + high) / 2) * [min(across, down), down])
        thick = min(THICKEST, np.sort(far, axis=None)[ink - 1])
    return (far <= thick + 1e-9).reshape(8, 4, 8, 4).sum(axis=(1, 3))
