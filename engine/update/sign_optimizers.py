"""Rprop and Lion: optimizers that use the sign of a direction only, not its size."""

from __future__ import annotations

from engine.foundation.errors import ConfigError
from engine.foundation.options import Option, join
from engine.update.equations import (
    MAXIMIZE,
    MOMENTUM_SLOT,
    NEXT,
    Equation,
    OptimizerKind,
    Rules,
    Settings,
    Slot,
    decay_option,
    decayed_step,
    rate_option,
)


def _rprop(s: Settings) -> Rules:
    shrink, grow = s["etas"]
    smallest, largest = s["step_sizes"]
    sizes = {"shrink": shrink, "grow": grow, "smallest": smallest, "largest": largest}
    equations = (
        Equation("agreement", "agreement", ("grad", "prev"), latex="s_{$p}"),
        Equation("step_size.next", "resize", ("step_size", "agreement"), sizes),
        Equation("prev.next", "keep_agreeing", ("grad", "agreement")),
        Equation("update", "sign_descend_by_size", ("step_size.next", "prev.next")),
        NEXT,
    )
    slots = (Slot("prev", latex=r"g^{\mathrm{prev}}_{$p}"), Slot("step_size", s["learning_rate"], r"\gamma_{$p}"))
    return Rules(slots, (), equations)


def _check_rprop(s: Settings, path: str) -> None:
    shrink, grow = s["etas"]
    smallest, largest = s["step_sizes"]
    if not 0 < shrink < 1 < grow:
        raise ConfigError(
            f"etas are a number between 0 and 1 that shrinks and one above 1 that grows; given {shrink:g} and {grow:g}",
            join(path, "etas"),
        )
    if not smallest <= largest:
        raise ConfigError(
            f"step_sizes are the smallest and the largest; given {smallest:g} and {largest:g}", join(path, "step_sizes")
        )


_DIRECTION = "The direction of $p: mostly its momentum, and a little of the new gradient."


def _lion(s: Settings) -> Rules:
    beta1, beta2 = s["betas"]
    equations = (
        Equation("direction", "average", ("momentum", "grad"), {"beta": beta1}, "c_{$p}", says=_DIRECTION),
        Equation("momentum.next", "average", ("momentum", "grad"), {"beta": beta2}),
        *decayed_step(s, "sign_descend", "direction"),
        NEXT,
    )
    return Rules((MOMENTUM_SLOT,), (), equations)


SIGNED = (
    OptimizerKind(
        "rprop",
        "Rprop",
        "Gives every parameter a step size of its own: it grows while the gradient keeps its sign, and shrinks when it "
        "turns; the size of the gradient does not matter. Meant for the full batch.",
        (
            rate_option(1e-2, "What every step size starts at; later changes of it do nothing."),
            Option(
                "etas",
                "pair",
                (0.5, 1.2),
                "What a step size is multiplied by when the gradient turns, and when it does not.",
                minimum=0,
                symbol=r"\eta^-, \eta^+",
            ),
            Option(
                "step_sizes",
                "pair",
                (1e-6, 50.0),
                "The smallest and the largest step size.",
                title="step sizes",
                minimum=0,
                symbol=r"\Gamma_{\min}, \Gamma_{\max}",
            ),
            MAXIMIZE,
        ),
        (
            r"s = \operatorname{sign}\left(g\, g_{\mathrm{prev}}\right)",
            r"\gamma \leftarrow \operatorname{clip}\left(\gamma \cdot \{\eta^+, \eta^-, 1\}_s,\,"
            r" \Gamma_{\min},\, \Gamma_{\max}\right)",
            r"g_{\mathrm{prev}} \leftarrow g \text{ if } s \ge 0 \text{ else } 0",
            r"w \leftarrow w - \gamma\, \operatorname{sign}\left(g_{\mathrm{prev}}\right)",
        ),
        "Riedmiller and Braun 1993; matches torch.optim.Rprop.",
        _rprop,
        _check_rprop,
    ),
    OptimizerKind(
        "lion",
        "Lion",
        "Moves every parameter by the same amount, along the sign of a mix of momentum and gradient; the momentum "
        "itself forgets more slowly than the mix. Its rate is about a tenth of Adam's.",
        (
            rate_option(1e-4),
            Option(
                "betas",
                "pair",
                (0.9, 0.99),
                "Share of the momentum in the direction, and decay of the momentum.",
                minimum=0,
                maximum=1,
                exclusive_maximum=True,
                symbol=r"\beta_1, \beta_2",
            ),
            decay_option(0.0, "Shrinks each parameter by this times the rate."),
        ),
        (
            r"c = \beta_1 m + (1 - \beta_1) g",
            r"m \leftarrow \beta_2 m + (1 - \beta_2) g",
            r"w \leftarrow w - \eta \left(\operatorname{sign}(c) + \lambda w\right)",
        ),
        "Chen et al. 2023, Symbolic discovery of optimization algorithms, algorithm 2.",
        _lion,
    ),
)
