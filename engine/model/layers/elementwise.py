"""Layers without parameters: an activation of its own, noise, and other layouts of the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.foundation.options import Option
from engine.model.activations import ActivationSpec
from engine.model.layers.base import IDENTITY, LETTERS, Layer, LayerKind, Letters, Picture, Scope, alike
from engine.ops import OPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation(Layer):
    """A function of every cell by itself, as after a sum or a normalization.

    Formula: a = f(x)
    Source:  Goodfellow et al. 2016, section 6.3.
    """

    type: ClassVar[str] = "activation"

    activation: ActivationSpec

    @property
    def output_activation(self) -> ActivationSpec:
        """The layer's activation."""
        return self.activation

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`."""
        return scope.emit(self.activation.op, sources, "a", **self.activation.op_params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(Layer):
    """Silences units at random while training, and scales the others up, so that nothing changes at evaluation.

    Formula: mask = [u >= p] / (1 - p), u uniform in [0, 1);  a = x * mask
    Source:  Srivastava et al. 2014, Dropout, section 10; matches torch.nn.Dropout.
    """

    type: ClassVar[str] = "dropout"
    letters: ClassVar[Letters] = LETTERS | alike(u="u", mask="m")

    p: float = 0.5

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `mask` and `a`; only `a` at evaluation, which is what came in."""
        if not scope.training:
            return _unchanged(scope, sources[0])
        u = scope.noise("u", scope.shape(sources[0]), "uniform")
        mask = scope.emit(OPS["bernoulli_mask"], (u,), "mask", p=self.p)
        return scope.emit(OPS["apply_mask"], (sources[0], mask), "a")


@dataclass(frozen=True, slots=True, kw_only=True)
class GaussianNoise(Layer):
    """Adds normal noise while training.

    Formula: a = x + sigma e, e standard normal
    Source:  Bishop 1995, Training with noise is equivalent to Tikhonov regularization.
    """

    type: ClassVar[str] = "gaussian_noise"
    letters: ClassVar[Letters] = LETTERS | alike(noise="e")

    sigma: float = 0.1

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a`; at evaluation it is what came in."""
        if not scope.training:
            return _unchanged(scope, sources[0])
        noise = scope.noise("noise", scope.shape(sources[0]), "normal")
        return scope.emit(OPS["add_noise"], (sources[0], noise), "a", sigma=self.sigma)


def _unchanged(scope: Scope, source: str) -> str:
    return scope.emit(IDENTITY.op, (source,), "a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Layer):
    """All numbers of a sample in one row.

    Source: LeCun et al. 1998, section II.B; matches torch.nn.Flatten.
    """

    type: ClassVar[str] = "flatten"

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, K)."""
        return scope.emit(OPS["flatten"], sources, "a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape(Layer):
    """The numbers of a sample in another shape, in the same row-major order.

    Source: matches torch.reshape.
    """

    type: ClassVar[str] = "reshape"

    shape: tuple[int, ...]

    def build(self, scope: Scope, *sources: str) -> str:
        """Adds `a` (N, *shape)."""
        op = OPS["reshape" if len(self.shape) == 1 else "reshape_rows"]
        return scope.emit(op, sources, "a", shape=self.shape)


ACTIVATION = LayerKind(
    Activation,
    "activation",
    "Passes every number through a function, as after a sum of branches or a normalization.",
    (),
    "a = f(x)",
    "Goodfellow et al. 2016, section 6.3.",
    activation="relu",
    picture=Picture(unitwise=True, gate=True),
    short="act",
)
DROPOUT = LayerKind(
    Dropout,
    "dropout",
    "Silences each number with probability p in every training iteration, so that no unit can rely on another.",
    (
        Option(
            "p",
            "number",
            0.5,
            "The probability that a number is silenced.",
            "rate",
            minimum=0,
            maximum=1,
            exclusive_maximum=True,
            symbol="p",
        ),
    ),
    r"a = x \odot \frac{\mathbf{1}[u \ge p]}{1 - p}",
    "Srivastava et al. 2014, Dropout, section 10; matches torch.nn.Dropout.",
    picture=Picture(unitwise=True, gate=True),
)
GAUSSIAN_NOISE = LayerKind(
    GaussianNoise,
    "Gaussian noise",
    "Adds normal noise to every number while training, so that small changes of the input must not matter.",
    (Option("sigma", "number", 0.1, "The standard deviation of the noise.", minimum=0, symbol=r"\sigma"),),
    r"a = x + \sigma\, e, \quad e \sim \mathcal{N}(0, 1)",
    "Bishop 1995, Training with noise is equivalent to Tikhonov regularization.",
    picture=Picture(unitwise=True),
    short="noise",
)
FLATTEN = LayerKind(
    Flatten,
    "flatten",
    "Puts all numbers of a sample into one row, as a dense layer takes them.",
    (),
    r"a = \operatorname{flatten}(x)",
    "LeCun et al. 1998, section II.B; matches torch.nn.Flatten.",
    picture=Picture(unitwise=True),
)
RESHAPE = LayerKind(
    Reshape,
    "reshape",
    "Lays the numbers of a sample out in another shape: a row of 64 becomes an image of 1x8x8.",
    (Option("shape", "integers", (1, 8, 8), "The shape of a sample, for example 1, 8, 8.", minimum=1),),
    r"a = \operatorname{reshape}(x)",
    "matches torch.reshape, whose order is row-major too.",
    required={"shape": [1, 8, 8]},
    picture=Picture(unitwise=True),
)

PLAIN_LAYERS = (ACTIVATION, DROPOUT, GAUSSIAN_NOISE, FLATTEN, RESHAPE)
