r"""What the values of the update phase are called: in LaTeX, in code, and in a sentence.

Of a scalar the whole name is the key, of a parameter's value its last part; there ``$p`` stands for the parameter. What
optimizers compute on their way has a sentence by its op.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """How a value is written, and what the step that makes it does."""

    latex: str
    code: str
    sentence: str


SCALAR_WORDS: dict[str, Words] = {
    "optimizer.base_rate": Words(
        r"\eta_0", "base_rate", "The learning rate of the optimizer, before its schedule changes it."
    ),
    "schedule.position": Words("n", "position", "How far the schedule has come, counted from 0."),
    "schedule.progress": Words("p", "progress", "The share of its course that the schedule has behind it."),
    "schedule.share": Words("s", "share", "The share of the learning rate that the schedule leaves here."),
    "schedule.warm_up_progress": Words("p_w", "warm_up_progress", "The share of the warm-up that is over."),
    "schedule.warm_up": Words("w", "warm_up", "The share of the rate that the warm-up allows so far."),
    "schedule.cosine_rate": Words(r"\eta_{\cos}", "cosine_rate", "The rate on the cosine wave, without the warm-up."),
    "schedule.rise_progress": Words(r"p_\uparrow", "rise_progress", "The share of the rise that is over."),
    "schedule.rise": Words(r"r_\uparrow", "rise", "How high the rise has come; after it, its end."),
    "schedule.fall_progress": Words(r"p_\downarrow", "fall_progress", "The share of the fall that is over."),
    "schedule.fall": Words(r"r_\downarrow", "fall", "What the fall has left; before it, all."),
    "schedule.cycle": Words("k", "cycle", "How many cycles are over."),
    "schedule.height": Words("h", "height", "How high in its cycle the rate is, between 0 and 1."),
    "schedule.fade": Words("f", "fade", "What is left of the height of a cycle by now."),
    "schedule.total": Words(r"\Sigma L", "total", "Adds this batch's loss to those of the epoch so far."),
    "schedule.mean": Words(r"\bar L", "mean", "The mean of the batch losses of this epoch so far."),
    "schedule.ends": Words("e", "ends", "1 in the last iteration of an epoch, else 0."),
    "schedule.best": Words(r"\bar L_{\min}", "best", "Keeps the lowest mean loss of an epoch."),
    "schedule.better": Words("b", "better", "1 if an epoch ends here and was better than the best one, else 0."),
    "schedule.excused": Words("x", "excused", "1 if this epoch does not count: it was better, or the rate is new."),
    "schedule.waited": Words("q", "waited", "How many epochs in a row were no better."),
    "schedule.bad": Words(r"q_0", "bad", "Keeps the number of epochs that were no better; a new rate starts it again."),
    "schedule.lower": Words(r"\ell", "lower", "1 if the rate is to be lowered now, else 0."),
    "schedule.cooldown": Words("c", "cooldown", "How many more epochs do not count after the rate changed."),
    "schedule.lowered": Words(r"\eta_\downarrow", "lowered", "The rate that would come next, were it lowered."),
    "schedule.factor": Words(r"\varphi", "factor", "Keeps the share of the learning rate that is left."),
    "clip.norm": Words(r"\lVert g \rVert", "norm", "The length of all gradients taken as one vector."),
    "clip.largest": Words(r"|g|_{\max}", "largest", "The largest cell of all gradients, by its size."),
    "clip.factor": Words("f", "clip_factor", "What all gradients are multiplied by to keep their norm in bounds."),
    "clip.smallest_factor": Words(r"f_{\min}", "smallest_factor", "The smallest factor of all parameters."),
    "clip.acted": Words("a", "acted", "1 if clipping changed a gradient in this iteration, else 0."),
}

PARAMETER_WORDS: dict[str, Words] = {
    "l2_grad": Words(r"g^{\lambda_2}_{$p}", "l2_grad", "The slope of the L2 penalty: it pulls $p to zero."),
    "l1_grad": Words(r"g^{\lambda_1}_{$p}", "l1_grad", "The slope of the L1 penalty: as strong however small $p is."),
    "total_grad": Words(r"g^{\Sigma}_{$p}", "total_grad", "The gradient of the loss and the penalties on $p."),
    "square_norm": Words(r"\lVert g_{$p} \rVert^{2}", "square_norm", "The squares of the gradient of $p, added up."),
    "norm": Words(r"\lVert g_{$p} \rVert", "norm", "The length of the gradient of $p."),
    "largest": Words(r"|g_{$p}|_{\max}", "largest", "The largest cell of the gradient of $p, by its size."),
    "factor": Words(r"f_{$p}", "factor", "What the gradient of $p is multiplied by to keep its norm in bounds."),
    "clipped_grad": Words(r"\check g_{$p}", "clipped_grad", "The gradient of $p within its bounds."),
}

RULE_WORDS: dict[str, str] = {
    "weight_decay": "Adds a share of $p itself to its gradient: the optimizer's own pull to zero.",
    "momentum": "Keeps part of the direction that $p last moved in, and adds the new gradient.",
    "nesterov": "Looks ahead: the gradient of $p, and the part of the direction that will be kept.",
    "accumulate_square": "Adds the squared gradient of $p to the sum of all so far: it only grows.",
    "average": "A running average of the gradient of $p: mostly what it was, and a little of the new one.",
    "average_square": "A running average of the squared gradient of $p: how large its gradients are lately.",
    "decaying_square": "A running average of a square: mostly what it was, and a little of the new one.",
    "maximum": "Keeps the largest average of the squared gradient of $p so far.",
    "decayed_maximum": "The largest gradient of $p lately: the old one fades, and gives way to a larger new one.",
    "bias_correction": "How much of its full weight a running average has after so many steps: it started at 0.",
    "correct": "The running average of $p divided by its bias correction, as it would be without its start at 0.",
    "root": "How large a gradient of $p usually is: a root, and epsilon so that nothing is divided by 0.",
    "root_of_sum": "How large $p's own numbers usually are: a root, with epsilon below it so that it is never 0.",
    "centered_root": "How much the gradient of $p varies: the root of its mean square less the square of its mean.",
    "momentum_ratio": "Keeps part of the direction that $p last moved in, and adds the gradient by its usual size.",
    "rescale": "The gradient of $p in units of its own past moves: no learning rate has to know its size.",
    "rate_decay": "The learning rate, smaller with every step.",
    "decoupled_decay": "Shrinks $p by itself, apart from its gradient.",
    "adaptive_descend": "How far $p moves for its gradient: by the learning rate, in units of its usual size.",
    "sign_descend": "How far $p moves for its gradient: by the learning rate, whatever the gradient's size.",
    "agreement": "The gradient of $p times the one before: above 0 where it kept its sign.",
    "resize": "The step size of each number in $p: larger where its gradient kept its sign, smaller where it turned.",
    "keep_agreeing": "Keeps the gradient of $p for the next step, but 0 where it turned.",
    "growing_momentum": "The part of the direction that is kept in this step: it grows as training goes on.",
    "next_momentum": "The part of the direction that will be kept in the next step.",
    "momentum_product": "All parts kept so far multiplied: how much of its start at 0 an average still has.",
    "next_product": "The same product after the next step.",
    "gradient_weight": "How much the new gradient counts, freed of the average's start at 0.",
    "momentum_weight": "How much the average counts, freed of its start at 0.",
    "blend": "The direction of $p after the next step: the new gradient and the running average, each by its weight.",
}
