"""The slips of the update's equations, by op: what is typically left out, swapped or forgotten in each."""

from __future__ import annotations

from collections.abc import Mapping

from engine.ops.core.slips import Slip, factor_left_out, root_left_out, sign_reversed

SLIPS: Mapping[str, tuple[Slip, ...]] = {
    "weight_decay": (
        Slip("decay_left_out", "decay left out", "You left out the weight decay.", "$grad"),
        Slip(
            "decay_sign",
            "sign of the decay",
            "The decay adds to the gradient, so that the step shrinks the weight.",
            "$grad - $weight_decay * $p",
        ),
    ),
    "momentum": (
        Slip(
            "momentum_forgotten",
            "momentum forgotten",
            "You forgot the momentum: a share of the last one is kept.",
            "$grad",
        ),
        Slip(
            "all_kept",
            "nothing faded",
            "You kept the whole of the last momentum: it fades by a factor first.",
            "$slot + $grad",
        ),
        Slip(
            "momentum_as_average",
            "average for momentum",
            "You took a running average: here the new gradient goes in whole.",
            "$momentum * $slot + (1 - $momentum) * $grad",
        ),
    ),
    "nesterov": (
        Slip(
            "not_looked_ahead",
            "not looked ahead",
            "That is the momentum: this step looks ahead, from the gradient on.",
            "$slot",
        ),
    ),
    "descend": (
        sign_reversed("$rate * $direction"),
        Slip("rate_left_out", "learning rate left out", "You left out the learning rate.", "-$direction"),
    ),
    "accumulate_square": (
        Slip("not_squared", "not squared", "You left out the square.", "$slot + $grad"),
        Slip(
            "memory_forgotten",
            "memory forgotten",
            "You took the new gradient alone: what was there is kept.",
            "$grad**2",
        ),
    ),
    "average": (
        Slip(
            "memory_forgotten",
            "memory forgotten",
            "You took the new gradient alone: a share of the average so far is kept.",
            "(1 - $beta) * $grad",
        ),
        Slip(
            "shares_swapped",
            "shares swapped",
            "You swapped the shares: the average keeps β of itself and takes 1 − β of the new.",
            "(1 - $beta) * $slot + $beta * $grad",
        ),
        Slip(
            "share_left_out",
            "share left out",
            "You took the whole new gradient: only 1 − β of it goes into the average.",
            "$beta * $slot + $grad",
        ),
    ),
    "average_square": (
        Slip("not_squared", "not squared", "You left out the square.", "$beta * $slot + (1 - $beta) * $grad"),
        Slip(
            "memory_forgotten",
            "memory forgotten",
            "You took the new gradient alone: a share of the average so far is kept.",
            "(1 - $beta) * $grad * $grad",
        ),
        Slip(
            "shares_swapped",
            "shares swapped",
            "You swapped the shares: the average keeps β of itself and takes 1 − β of the new.",
            "(1 - $beta) * $slot + $beta * $grad * $grad",
        ),
        Slip(
            "share_left_out",
            "share left out",
            "You took the whole new square: only 1 − β of it goes into the average.",
            "$beta * $slot + $grad * $grad",
        ),
    ),
    "bias_correction": (
        Slip(
            "power_left_out",
            "power left out",
            "You left out the power: β is multiplied by itself once for every step so far.",
            "1 - $beta",
        ),
        Slip(
            "one_step_too_few",
            "one step too few",
            "You counted one step too few: the first update is step 1.",
            "1 - $beta ** ($step - 1)",
        ),
        Slip("one_minus_left_out", "1 minus left out", 'You left out the "1 −".', "$beta**$step"),
    ),
    "correct": (
        Slip(
            "correction_forgotten",
            "bias correction forgotten",
            "You forgot the bias correction: the average started at 0, so it is divided by its weight.",
            "$slot",
        ),
        Slip(
            "multiplied_for_divided",
            "multiplied for divided",
            "You multiplied by the correction: the average is divided by it.",
            "$slot * $correction",
        ),
    ),
    "root": (
        root_left_out("$square + $eps"),
        Slip(
            "eps_inside",
            "ε inside the root",
            "You put ε inside the root: it is added after it.",
            "np.sqrt($square + $eps)",
        ),
    ),
    "adaptive_descend": (
        Slip(
            "scale_left_out",
            "scale left out",
            "You left out the scale that the step is divided by.",
            "-$rate * $direction",
        ),
        sign_reversed("$rate * $direction / $scale"),
        Slip("rate_left_out", "learning rate left out", "You left out the learning rate.", "-$direction / $scale"),
    ),
    "momentum_ratio": (
        Slip(
            "momentum_forgotten",
            "momentum forgotten",
            "You forgot the momentum: a share of the last one is kept.",
            "$grad / $scale",
        ),
        Slip(
            "scale_left_out",
            "scale left out",
            "You left out the scale that the gradient is divided by.",
            "$momentum * $slot + $grad",
        ),
    ),
    "decoupled_decay": (
        Slip("rate_left_out", "learning rate left out", "You left out the learning rate.", "-$weight_decay * $p"),
        sign_reversed("$rate * $weight_decay * $p"),
    ),
    "sum": (
        Slip("subtracted", "subtracted", "You subtracted the step: its sign is in it already.", "$first - $second"),
        Slip(
            "step_alone", "the step alone", "That is the step alone: it is added to where the parameter was.", "$second"
        ),
    ),
    "l2_gradient": (
        factor_left_out("λ of the penalty", "$p"),
        Slip(
            "factor_two", "a factor 2 too many", "The penalty is half the square here, so no 2 is left.", "2 * $l2 * $p"
        ),
    ),
    "l1_gradient": (
        Slip(
            "sign_for_size",
            "size for sign",
            "You took the weight itself: the slope of its size is its sign.",
            "$l1 * $p",
        ),
        factor_left_out("λ of the penalty", "np.sign($p)"),
    ),
    "square_norm": (Slip("not_squared", "not squared", "You left out the squares.", "np.sum($grad)"),),
    "norm": (root_left_out("$square_norm"),),
    "clip_factor": (
        Slip(
            "always_scaled",
            "scaled without need",
            "A norm within its bound is left alone: the factor is at most 1.",
            "$limit / ($norm + 1e-6)",
        ),
        Slip("upside_down", "upside down", "You divided the norm by its bound.", "$norm / $limit"),
    ),
    "clip": (Slip("clipping_forgotten", "clipping forgotten", "You forgot the clipping.", "$grad"),),
    "scale_gradient": (
        Slip(
            "clipping_forgotten",
            "clipping forgotten",
            "You forgot the clipping: the gradient is scaled first.",
            "$grad",
        ),
        Slip("divided_for_multiplied", "divided for multiplied", "You divided by the factor.", "$grad / $factor"),
    ),
    "sign_descend": (
        Slip(
            "size_kept",
            "size kept",
            "You took the direction with its size: only its sign counts here.",
            "-$rate * $direction",
        ),
        sign_reversed("$rate * np.sign($direction)"),
    ),
    "position": (
        Slip("one_step_too_many", "one step too many", "Positions count from 0: the first step is at 0.", "$step"),
    ),
    "scaled": (Slip("schedule_forgotten", "schedule forgotten", "You left out the schedule's share.", "$rate"),),
    "exponential_between": (
        Slip(
            "linear_for_exponential",
            "a straight line",
            "You went in a straight line: here the rate is multiplied by the same number at every step.",
            "$first + ($last - $first) * $progress",
        ),
    ),
}
