"""Likelihoods of numbers: counts that follow a Poisson distribution, and numbers with a known Gaussian noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.ops.core.cellwise import constant
from engine.ops.core.op import Array, Function, Op
from engine.ops.loss.regression import (
    GRAD,
    PAIR,
    PER_CELL,
    cellwise,
    cellwise_vjp,
    differences,
    loss_shape,
    mean,
    outputs_example,
    share,
)

# --- counts -----------------------------------------------------------------------------------------


def _rate(xp: Any, prediction: Array) -> Array:
    rate = np.empty_like(prediction)
    xp.exp(prediction, rate)
    return rate


def _poisson(xp: Any, out: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    rate, cells = xp.shared(_rate, prediction), np.empty_like(prediction)
    xp.multiply(target, prediction, cells)
    xp.subtract(rate, cells, cells)
    mean(xp, out, cells, over or prediction.size)


def _poisson_vjp(xp: Any, out: Array, grad: Array, prediction: Array, target: Array, over: float = 0.0) -> None:
    xp.subtract(xp.shared(_rate, prediction), target, out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


POISSON_NLL = Op(
    name="poisson_nll",
    title="Poisson negative log-likelihood",
    args=PAIR,
    function=Function(
        _poisson,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} \left(e^{{{{$prediction}}_{{nk}}}} - {{$target}}_{{nk}}\, {{$prediction}}_{{nk}}\right)",
        "np.mean(np.exp($prediction) - $target * $prediction)",
        cellwise(r"\left(e^{$prediction} - $target \cdot $prediction\right)", lambda y, t: np.exp(y) - t * y),
        torch="F.poisson_nll_loss($prediction, $target)",
    ),
    vjps={
        "prediction": Function(
            _poisson_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = $grad \cdot \frac{1}{NK} \left(e^{$prediction} - $target\right)",
            "$grad / $prediction.size * (np.exp($prediction) - $target)",
            cellwise_vjp(r"\left(e^{$prediction} - $target\right)", lambda y, t: np.exp(y) - t),
        )
    },
    shape=loss_shape,
    source="McCullagh and Nelder 1989, section 6.2 (log link); matches torch.nn.PoissonNLLLoss.",
    example=lambda rng: ((rng.normal(size=(4, 3)), rng.poisson(2.0, size=(4, 3)).astype(float)), {}),
)


# --- gaussian noise ---------------------------------------------------------------------------------


def _gaussian(xp: Any, out: Array, prediction: Array, target: Array, var: float, over: float = 0.0) -> None:
    off, cells = xp.shared(differences, prediction, target), np.empty_like(prediction)
    xp.multiply(off, off, cells)
    xp.divide(cells, constant(var, cells), cells)
    xp.add(cells, constant(float(np.log(var)), cells), cells)
    xp.multiply(cells, constant(0.5, cells), cells)
    mean(xp, out, cells, over or prediction.size)


def _gaussian_vjp(
    xp: Any, out: Array, grad: Array, prediction: Array, target: Array, var: float, over: float = 0.0
) -> None:
    xp.divide(xp.shared(differences, prediction, target), constant(var, out), out)
    share(xp, out, grad, out, 1 / (over or prediction.size))


GAUSSIAN_NLL = Op(
    name="gaussian_nll",
    title="Gaussian negative log-likelihood",
    args=PAIR,
    function=Function(
        _gaussian,
        PAIR,
        "nk,nk->",
        rf"$out = {PER_CELL} \frac{{1}}{{2}} \left(\log $var + "
        r"\frac{\left({$prediction}_{nk} - {$target}_{nk}\right)^{2}}{$var}\right)",
        "np.mean((np.log($var) + ($prediction - $target)**2 / $var) / 2)",
        cellwise(
            r"\frac{1}{2} \left(\log $var + \frac{\left($prediction - $target\right)^{2}}{$var}\right)",
            lambda y, t, var: (np.log(var) + (y - t) ** 2 / var) / 2,
        ),
        torch="F.gaussian_nll_loss($prediction, $target, torch.full_like($target, $var))",
    ),
    vjps={
        "prediction": Function(
            _gaussian_vjp,
            GRAD,
            ",nk,nk->nk",
            r"$out = $grad \cdot \frac{1}{NK}\, \frac{$prediction - $target}{$var}",
            "$grad / $prediction.size * (($prediction - $target) / $var)",
            cellwise_vjp(r"\frac{$prediction - $target}{$var}", lambda y, t, var: (y - t) / var),
        )
    },
    shape=loss_shape,
    source="Nix and Weigend 1994, with one variance for all; matches torch.nn.GaussianNLLLoss with that variance.",
    example=outputs_example(var=0.6),
)
