"""Data sets that are drawn: shapes in the plane, a curve, and two linear maps.

Every generator draws the exact shape first and the noise last, so that more noise moves them further.
Shapes span about two units to each side, which gives their inputs a variance near 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from engine.data.dataset_kind import (
    TEST_FRACTION,
    DatasetKind,
    Floats,
    Integers,
    Meaning,
    Raw,
    always,
    noise_option,
    samples_option,
    standardize_option,
)

Shape = Callable[[np.random.Generator, Integers], Floats]

MOVED = "Standard deviation of the shift that each point gets in both directions."
BLURRED = "Standard deviation of what is added to each target."
SPREAD = "Added to the clouds' standard deviation of 0.3."
PLANE = ("x1", "x2")
LINEAR10_WEIGHTS = np.arange(1, 11) * np.tile([1.0, -1.0], 5) / 20


def _columns(first: npt.ArrayLike, second: npt.ArrayLike) -> Floats:
    return np.stack([first, second], axis=1, dtype=np.float64)


def circle(rng: np.random.Generator, labels: Integers) -> Floats:
    """A disc (class 1) inside a ring (class 0), points even over both areas."""
    angle = rng.uniform(0, 2 * np.pi, len(labels))
    inner, outer = np.where(labels == 1, 0.0, 1.5), np.where(labels == 1, 1.0, 2.0)
    area = rng.uniform(inner**2, outer**2)
    return np.sqrt(area)[:, None] * _columns(np.cos(angle), np.sin(angle))


def xor(rng: np.random.Generator, labels: Integers) -> Floats:
    """Four squares around the origin; class 1 where both coordinates have the same sign."""
    sizes = rng.uniform(0.2, 1.8, (len(labels), 2))
    first = rng.choice([-1.0, 1.0], len(labels))
    return sizes * _columns(first, np.where(labels == 1, first, -first))


def gauss_centres(labels: Integers) -> Floats:
    """The centre (1, 1) for class 1 and (-1, -1) for class 0."""
    return np.repeat(np.where(labels == 1, 1.0, -1.0)[:, None], 2, axis=1)


def spiral(rng: np.random.Generator, labels: Integers) -> Floats:
    """Two arms of one and three quarter turns, one the other turned by half a turn."""
    radius = np.sqrt(rng.uniform(0.02, 1, len(labels)))
    angle = 3.5 * np.pi * radius + np.pi * labels
    return 2 * radius[:, None] * _columns(np.sin(angle), np.cos(angle))


def moons(rng: np.random.Generator, labels: Integers) -> Floats:
    """Two half circles of radius 1 that reach into each other, centred together on the origin."""
    angle = rng.uniform(0, np.pi, len(labels))
    side = np.where(labels == 1, -1.0, 1.0)
    return side[:, None] * _columns(np.cos(angle) - 0.5, np.sin(angle) - 0.25)


def checkerboard(rng: np.random.Generator, labels: Integers) -> Floats:
    """Four by four squares of side 1; class 1 where column plus row is odd."""
    column, half_row = rng.integers(0, 4, len(labels)), rng.integers(0, 2, len(labels))
    row = 2 * half_row + (column + labels) % 2
    corner = _columns(column, row) - 2
    return corner + rng.uniform(0, 1, (len(labels), 2))


def alternating(samples: int) -> Integers:
    """Labels 0, 1, 0, 1, ...: balanced, and mixed even where nothing is shuffled."""
    return np.arange(samples, dtype=np.int64) % 2


def _in_the_plane(shape: Shape) -> Callable[..., Raw]:
    def generate(rng: np.random.Generator, samples: int, noise: float) -> Raw:
        labels = alternating(samples)
        points = shape(rng, labels)
        return Raw(points + noise * rng.standard_normal(points.shape), labels, np.arange(samples))

    return generate


def _gauss(rng: np.random.Generator, samples: int, noise: float) -> Raw:
    labels = alternating(samples)
    points = gauss_centres(labels) + (0.3 + noise) * rng.standard_normal((samples, 2))
    return Raw(points, labels, np.arange(samples))


def _sine(rng: np.random.Generator, samples: int, noise: float) -> Raw:
    inputs = rng.uniform(-2, 2, (samples, 1))
    targets = np.sin(np.pi * inputs) + noise * rng.standard_normal((samples, 1))
    return Raw(inputs, targets, np.arange(samples))


def _plane(rng: np.random.Generator, samples: int, noise: float) -> Raw:
    inputs = rng.uniform(-2, 2, (samples, 2))
    targets = inputs.sum(axis=1, keepdims=True) / 4 + noise * rng.standard_normal((samples, 1))
    return Raw(inputs, targets, np.arange(samples))


def _linear10(rng: np.random.Generator, samples: int, noise: float) -> Raw:
    inputs = rng.standard_normal((samples, 10))
    # a sum along rows, not a matrix product: its bits do not depend on the BLAS
    exact = (inputs * LINEAR10_WEIGHTS).sum(axis=1, keepdims=True)
    return Raw(inputs, exact + noise * rng.standard_normal((samples, 1)), np.arange(samples))


def _kind(
    name: str, title: str, description: str, formula: str, generate: Callable[..., Raw], noise: str = MOVED
) -> DatasetKind:
    return DatasetKind(
        name=name,
        title=title,
        description=description,
        task="classification",
        options=(samples_option(), noise_option(noise), TEST_FRACTION, standardize_option(False)),
        generate=generate,
        means=always(Meaning(PLANE, ("class 0", "class 1"))),
        formula=formula,
        source="drawn from the seed",
    )


def _regression(
    name: str, title: str, description: str, formula: str, generate: Callable[..., Raw], inputs: int
) -> DatasetKind:
    features = ("x",) if inputs == 1 else tuple(f"x{i + 1}" for i in range(inputs))
    return DatasetKind(
        name=name,
        title=title,
        description=description,
        task="regression",
        options=(samples_option(), noise_option(BLURRED), TEST_FRACTION, standardize_option(False)),
        generate=generate,
        means=always(Meaning(features)),
        formula=formula,
        source="drawn from the seed",
    )


GENERATORS: tuple[DatasetKind, ...] = (
    _kind(
        "circle",
        "circle",
        "A disc inside a ring. No straight line parts them: it takes at least three hidden units to close a "
        "boundary around the disc.",
        r"x = r\,(\cos\varphi, \sin\varphi) + \varepsilon,\quad r \in \begin{cases}[1.5, 2] & t = 0\\ "
        r"[0, 1] & t = 1\end{cases},\quad \varepsilon \sim \mathcal{N}(0, \sigma^2 I)",
        _in_the_plane(circle),
    ),
    _kind(
        "xor",
        "exclusive or",
        "Opposite quadrants share a class. Neither input alone says anything about it, so a single unit "
        "does no better than guessing.",
        r"t = [u_1 u_2 > 0],\quad |u_i| \sim \mathcal{U}(0.2, 1.8),\quad x = u + \varepsilon,\quad "
        r"\varepsilon \sim \mathcal{N}(0, \sigma^2 I)",
        _in_the_plane(xor),
    ),
    _kind(
        "gauss",
        "two clouds",
        "Two round clouds that one straight line parts. More noise makes them overlap, and then no "
        "boundary is free of errors.",
        r"x \sim \mathcal{N}\bigl((2t - 1)\,(1, 1),\ (0.3 + \sigma)^2 I\bigr)",
        _gauss,
        SPREAD,
    ),
    _kind(
        "spiral",
        "two spirals",
        "Two arms wound around each other. The boundary has to turn with them, which takes a wide or deep "
        "network and patience.",
        r"x = 2r\,(\sin\varphi, \cos\varphi) + \varepsilon,\quad \varphi = 3.5\pi r + \pi t,\quad "
        r"r^2 \sim \mathcal{U}(0.02, 1),\quad \varepsilon \sim \mathcal{N}(0, \sigma^2 I)",
        _in_the_plane(spiral),
    ),
    _kind(
        "moons",
        "two moons",
        "Two half circles that reach into each other. A straight line gets most points right; the rest "
        "need a boundary bent twice.",
        r"x = (1 - 2t)\,(\cos\varphi - 0.5,\ \sin\varphi - 0.25) + \varepsilon,\quad "
        r"\varphi \sim \mathcal{U}(0, \pi),\quad \varepsilon \sim \mathcal{N}(0, \sigma^2 I)",
        _in_the_plane(moons),
    ),
    _kind(
        "checkerboard",
        "checkerboard",
        "Sixteen squares in alternating classes. Many separate regions need many units, and a network "
        "tends to learn them one after the other.",
        r"t = \bigl(\lfloor u_1 \rfloor + \lfloor u_2 \rfloor\bigr) \bmod 2,\quad u \sim \mathcal{U}(-2, "
        r"2)^2,\quad x = u + \varepsilon,\quad \varepsilon \sim \mathcal{N}(0, \sigma^2 I)",
        _in_the_plane(checkerboard),
    ),
    _regression(
        "sine",
        "sine curve",
        "One number in, one out: two periods of a sine. The network has to bend its curve four times, and "
        "nothing tells it how to go on outside the data.",
        r"t = \sin(\pi x) + \varepsilon,\quad x \sim \mathcal{U}(-2, 2),\quad "
        r"\varepsilon \sim \mathcal{N}(0, \sigma^2)",
        _sine,
        1,
    ),
    _regression(
        "plane",
        "tilted plane",
        "Two numbers in, their sum scaled out. A single unit without activation fits it exactly; what is "
        "left of the loss is noise.",
        r"t = \tfrac{1}{4}(x_1 + x_2) + \varepsilon,\quad x \sim \mathcal{U}(-2, 2)^2,\quad "
        r"\varepsilon \sim \mathcal{N}(0, \sigma^2)",
        _plane,
        2,
    ),
    _regression(
        "linear10",
        "ten inputs, one number",
        "A weighted sum of ten inputs, the weights growing and alternating in sign. Too many inputs to "
        "draw, so you read the weights instead.",
        r"t = \frac{1}{20}\sum_{j=1}^{10} (-1)^{j+1}\, j\, x_j + \varepsilon,\quad x \sim \mathcal{N}(0, "
        r"I),\quad \varepsilon \sim \mathcal{N}(0, \sigma^2)",
        _linear10,
        10,
    ),
)
