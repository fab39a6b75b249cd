"""Adadelta, Adamax and NAdam: more ways to measure how large a gradient usually is."""

from __future__ import annotations

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.ops.update.nadam import LARGEST_BETA
from engine.update.equations import (
    AHEAD,
    BETAS,
    CORRECTION1,
    CORRECTION2,
    FIRST_MOMENT,
    L2,
    LOOKAHEAD,
    MAXIMIZE,
    NEXT,
    RATE,
    SCALE,
    SECOND_MOMENT,
    SQUARE_AVERAGE,
    STEP,
    Equation,
    OptimizerKind,
    Rules,
    Settings,
    Slot,
    bias_correction,
    decay_option,
    decayed_step,
    eps_option,
    rate_option,
    with_decay,
)

_SQUARED = "A running average of the squared {} of $p: mostly what it was, and a little of the new one."
_USUAL = "The usual size of the {} of $p: the root of their mean square, with epsilon inside so that it is never 0."
_BY_LARGEST = "How far $p moves: against the average of its gradient, by the learning rate, divided by the largest one."
_BY_RESCALED = "How far $p moves: against its rescaled gradient, by the learning rate."


def _adadelta(s: Settings) -> Rules:
    grad, equations = with_decay(s)
    rho, eps = {"rho": s["rho"]}, {"eps": s["eps"]}
    equations += (
        Equation("square_avg.next", "decaying_square", ("square_avg", grad), rho, says=_SQUARED.format("gradients")),
        Equation("scale", "root_of_sum", ("square_avg.next",), eps, SCALE, says=_USUAL.format("gradients")),
        Equation("reach", "root_of_sum", ("acc_delta",), eps, "r_{$p}", says=_USUAL.format("moves")),
        Equation("delta", "rescale", (grad, "reach", "scale"), latex=r"\delta_{$p}"),
        Equation("acc_delta.next", "decaying_square", ("acc_delta", "delta"), rho, says=_SQUARED.format("moves")),
        Equation("update", "descend", (RATE, "delta"), says=_BY_RESCALED),
        NEXT,
    )
    return Rules((SQUARE_AVERAGE, Slot("acc_delta", latex="u_{$p}")), (), equations)


def _adamax(s: Settings) -> Rules:
    grad, equations = with_decay(s)
    beta1, beta2 = s["betas"]
    equations += (
        Equation("exp_avg.next", "average", ("exp_avg", grad), {"beta": beta1}),
        Equation("exp_inf.next", "decayed_maximum", ("exp_inf", grad), {"beta": beta2, "eps": s["eps"]}),
        Equation("corrected", "correct", ("exp_avg.next", CORRECTION1), latex=r"\hat m_{$p}"),
        Equation("update", "adaptive_descend", (RATE, "corrected", "exp_inf.next"), says=_BY_LARGEST),
        NEXT,
    )
    slots = (FIRST_MOMENT, Slot("exp_inf", latex="u_{$p}"))
    return Rules(slots, (bias_correction(1, beta1),), equations)


def _nadam_scalars(s: Settings) -> tuple[Equation, ...]:
    """All of them are functions of t, so none is a slot."""
    growing = {"beta": s["betas"][0], "momentum_decay": s["momentum_decay"]}
    mu, mu_next = "optimizer.mu", "optimizer.mu_next"
    product, product_next = "optimizer.mu_product", "optimizer.mu_product_next"
    return (
        Equation(mu, "growing_momentum", (STEP,), growing, r"\mu_t"),
        Equation(mu_next, "next_momentum", (STEP,), growing, r"\mu_{t+1}"),
        Equation(product, "momentum_product", (mu, STEP), growing, r"\pi_t"),
        Equation(product_next, "next_product", (product, mu_next), latex=r"\pi_{t+1}"),
        Equation("optimizer.gradient_weight", "gradient_weight", (mu, product), latex=r"\omega_g"),
        Equation("optimizer.momentum_weight", "momentum_weight", (mu_next, product_next), latex=r"\omega_m"),
        bias_correction(2, s["betas"][1]),
    )


def _nadam(s: Settings) -> Rules:
    decoupled = s["decoupled_weight_decay"] and s["weight_decay"]
    grad, equations = ("grad", ()) if decoupled else with_decay(s)
    beta1, beta2 = s["betas"]
    weights = "optimizer.gradient_weight", "optimizer.momentum_weight"
    equations += (
        Equation("exp_avg.next", "average", ("exp_avg", grad), {"beta": beta1}),
        Equation("exp_avg_sq.next", "average_square", ("exp_avg_sq", grad), {"beta": beta2}),
        Equation("lookahead", "blend", (weights[0], grad, weights[1], "exp_avg.next"), latex=LOOKAHEAD),
        Equation("corrected_sq", "correct", ("exp_avg_sq.next", CORRECTION2), latex=r"\hat v_{$p}"),
        Equation("scale", "root", ("corrected_sq",), {"eps": s["eps"]}, SCALE),
    )
    step = ("adaptive_descend", "lookahead", "scale")
    says = f"{AHEAD}, divided by its scale."
    parts = decayed_step(s, *step, says=says)
    equations += parts if decoupled else (Equation("update", step[0], (RATE, *step[1:]), says=says),)
    return Rules((FIRST_MOMENT, SECOND_MOMENT), _nadam_scalars(s), (*equations, NEXT))


def _check_nadam(s: Settings, path: str) -> None:
    beta1 = s["betas"][0]
    if beta1 > LARGEST_BETA:
        raise ConfigError(
            f"the first of nadam's betas is at most {LARGEST_BETA:g}; given {beta1!r}", join(path, "betas")
        )


ADAPTIVE = (
    OptimizerKind(
        "adadelta",
        "Adadelta",
        "Divides each step by the gradient's running size and multiplies it by the running size of its own steps, so "
        "that it needs no learning rate to fit the units of the parameter.",
        (
            rate_option(1.0, "Multiplies the finished step; 1 is Adadelta as published."),
            Option(
                "rho",
                "number",
                0.9,
                "Decay of both running means of squares.",
                minimum=0,
                maximum=1,
                symbol=r"\rho",
            ),
            eps_option(1e-6),
            decay_option(0.0, L2),
            MAXIMIZE,
        ),
        (
            r"v \leftarrow \rho v + (1 - \rho) g^2",
            r"\delta = \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}}\, g",
            r"u \leftarrow \rho u + (1 - \rho) \delta^2",
            r"w \leftarrow w - \eta\, \delta",
        ),
        "Zeiler 2012; matches torch.optim.Adadelta.",
        _adadelta,
    ),
    OptimizerKind(
        "adamax",
        "Adamax",
        "Adam with the largest recent gradient in place of the root mean square, so that one large gradient bounds the "
        "steps for a while.",
        (rate_option(2e-3), BETAS, eps_option(1e-8), decay_option(0.0, L2), MAXIMIZE),
        (
            r"m \leftarrow \beta_1 m + (1 - \beta_1) g",
            r"u \leftarrow \max\left(\beta_2 u,\, |g| + \epsilon\right)",
            r"w \leftarrow w - \eta\, \frac{m}{\left(1 - \beta_1^t\right) u}",
        ),
        "Kingma and Ba 2015, section 7.1; matches torch.optim.Adamax.",
        _adamax,
    ),
    OptimizerKind(
        "nadam",
        "NAdam",
        "Adam with Nesterov's look ahead: the step uses the momentum as it will be, with a decay that grows over time.",
        (
            rate_option(2e-3),
            BETAS,
            eps_option(1e-8),
            decay_option(0.0, L2),
            Option(
                "momentum_decay",
                "number",
                4e-3,
                "How fast the momentum grows from half of its final size.",
                title="momentum decay",
                minimum=0,
                symbol=r"\psi",
            ),
            Option(
                "decoupled_weight_decay",
                "boolean",
                False,
                "Take the weight decay straight off the weights, as AdamW does.",
                title="decoupled weight decay",
            ),
            MAXIMIZE,
        ),
        (
            r"\mu_t = \beta_1 \left(1 - \tfrac{1}{2} \cdot {0.96}^{t \psi}\right),"
            r"\quad \pi_t = \textstyle\prod_{i \le t} \mu_i",
            r"m \leftarrow \beta_1 m + (1 - \beta_1) g",
            r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2",
            r"\bar m = \frac{1 - \mu_t}{1 - \pi_t}\, g + \frac{\mu_{t+1}}{1 - \pi_{t+1}}\, m,"
            r"\quad \hat v = \frac{v}{1 - \beta_2^t}",
            r"w \leftarrow w - \eta\, \frac{\bar m}{\sqrt{\hat v} + \epsilon}",
        ),
        "Dozat 2016; matches torch.optim.NAdam.",
        _nadam,
        _check_nadam,
    ),
)
