"""What layers over windows of images have in common: settings in pairs, and images that are large enough."""

from __future__ import annotations

from engine.foundation.options import Option
from engine.model.layers.base import Scope, Shape, times
from engine.ops.image.windows import Pair, windows


def pair_option(name: str, default: Pair | None, text: str, minimum: int = 1) -> Option:
    """A whole number for rows and columns, or one of both; without a default it may be left out."""
    about = f"{text} One number, or that of the rows and that of the columns."
    return Option(name, "integers", default, about, minimum=minimum, nullable=default is None, length=2)


def image_of(scope: Scope, source: str) -> Shape:
    """The shape of images (N, C, H, W).

    Raises: ConfigError if the value is none.
    """
    shape = scope.shape(source)
    if len(shape) != 4:
        raise scope.error(
            f"{scope.name} takes images (N, C, H, W), and is given {times(shape[1:])} a sample; "
            "put a reshape layer before it, for example to 1, 8, 8"
        )
    return shape


def check_fit(scope: Scope, image: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair = (1, 1)) -> None:
    """Whether at least one window fits, and the padding makes no image of its own.

    Raises: ConfigError with the path of the setting.
    """
    found, sides = windows(image, kernel, stride, padding, dilation), image[2:]
    if any(p > n for p, n in zip(padding, sides, strict=True)):
        text = f"padding is at most the image's own sides, here {times(sides)}; given {times(padding)}"
        raise scope.error(text, "padding")
    if min(found.counts) < 1:
        spans = (found.rows.span, found.columns.span)
        apart = f", with dilation {times(dilation)} over {times(spans)} cells" if spans != kernel else ""
        wide = tuple(n + 2 * p for n, p in zip(sides, padding, strict=True))
        padded = f", with padding {times(wide)}" if wide != sides else ""
        raise scope.error(
            f"the kernel of {scope.name} is {times(kernel)}{apart}, larger than its images of {times(sides)}{padded}; "
            "give it a smaller kernel or more padding",
            "kernel",
        )
