"""A first run on data of one's own: a small net whose end fits the target."""

from __future__ import annotations

from typing import Any

from engine.foundation.errors import ConfigError

BATCH = 10
HIDDEN = 8
HIDDEN_OF_IMAGES = 32
RATES = {"classification": 0.1, "regression": 0.05}


def run_of(data: dict[str, Any], seed: int) -> dict[str, Any]:
    """A configuration on inline data: two hidden layers of 8 tanh units, one of 32 on images; at the end an output a
    class with cross-entropy, or one per number with mean squared error. Small steps where inputs keep their scale."""
    classes = len(data["class_names"])
    task = "classification" if classes else "regression"
    widths = [HIDDEN_OF_IMAGES] if data.get("image") else [HIDDEN, HIDDEN]
    hidden = [{"type": "dense", "units": units, "activation": "tanh"} for units in widths]
    last = {"type": "dense", "units": classes or len(data["targets"][0]), "activation": "identity"}
    steps: dict[str, Any] = {"type": "sgd", "learning_rate": RATES[task]}
    return {
        "seed": seed,
        "data": data,
        "batch_size": min(BATCH, len(data["inputs"])),
        "shuffle": True,
        "layers": [*hidden, last],
        "loss": "cross_entropy" if classes else "mse",
        "optimizer": steps if data["standardize"] else {"type": "adam", "learning_rate": 0.01},
    }


def image_shape(count: int, asked: str) -> list[int] | None:
    """Channels, height and width of rows that are grey images, as `8x8`; None if none is asked for.

    Raises: ConfigError if that is no size, or not that of a row.
    """
    if not asked:
        return None
    height, _, width = asked.partition("x")
    if not (height.isdecimal() and width.isdecimal() and len(asked) < 12 and int(height) * int(width) == count):
        message = f"image is height and width of a row of {count} inputs, as 8x8 for 64; given {asked[:20]!r}"
        raise ConfigError(message, "image")
    return [1, int(height), int(width)]
