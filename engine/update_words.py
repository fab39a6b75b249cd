r"""What the values of the update phase are called: in LaTeX, in code, and in a sentence.

Of a scalar the whole name is the key, of a parameter's value its last part; there ``$p`` stands for the parameter.
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
