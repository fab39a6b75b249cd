r"""What the values of layers are called in LaTeX, and what the steps that make them do, in a sentence.

`{where}` stands for the layer. Ops that are not here are named by their titles.
"""

from __future__ import annotations

from engine.explain.sequence_words import SEQUENCE_BACKWARD, SEQUENCE_FORWARD

VALUE_LETTERS: dict[str, str] = {
    "u": "u",
    "mask": "m",
    "noise": "e",
    "mean": r"\mu",
    "centered": r"\tilde x",
    "variance": r"\sigma^{2}",
    "mean_square": r"\overline{x^{2}}",
    "factor": r"\tfrac{1}{\sigma}",
    "normalized": r"\hat x",
    "scaled": r"\hat x_{\gamma}",
    "running_mean": r"\mu_{\mathrm{run}}",
    "running_variance": r"\sigma^{2}_{\mathrm{run}}",
}

FORWARD: dict[str, str] = {
    "linear": "Every unit of {where} sums its weighted inputs and adds its bias.",
    "linear_without_bias": "Every unit of {where} sums its weighted inputs.",
    "conv2d": "Every unit of {where} slides its kernel over the image, sums what it covers, and adds its bias.",
    "conv2d_without_bias": "Every unit of {where} slides its kernel over the image, and sums what it covers.",
    "max_pool2d": "Keeps the largest number of each window of {where}.",
    "avg_pool2d": "Takes the mean of each window of {where}.",
    "global_avg_pool": "Takes the mean of each whole channel.",
    "features": "Makes the features that the first layer takes of the raw inputs.",
    "bernoulli_mask": "Draws which numbers of {where} are silenced in this iteration, and scales up the rest.",
    "apply_mask": "Silences the chosen numbers of {where}.",
    "add_noise": "Adds this iteration's noise to what {where} is given.",
    "batch_mean": "The mean of every unit of {where} over the batch.",
    "batch_mean_square": "The variance of every unit of {where} over the batch: the mean square of what is centered.",
    "sample_mean": "The mean over the units of {where}, sample by sample.",
    "sample_mean_square": "The mean square over the units of {where}, sample by sample.",
    "center": "Takes the mean away, so that what is left has mean 0.",
    "inverse_root": "One over the root: what brings the spread to 1.",
    "rescale": "Brings the spread of {where} to 1.",
    "scale": "Every unit of {where} takes the spread that it has learned.",
    "shift": "Every unit of {where} takes the place that it has learned.",
    "running_mean": "Moves the mean that evaluation will use a little towards that of this batch.",
    "running_variance": "Moves the variance that evaluation will use a little towards that of this batch.",
    "add": "Adds up what {where} is given, cell by cell.",
    "subtract": "Takes the second input of {where} from the first, cell by cell.",
    "multiply": "Multiplies what {where} is given, cell by cell.",
    "maximum": "Takes the larger input of {where}, cell by cell.",
    "concat": "Puts the inputs of {where} one after the other.",
    "flatten": "Lays all numbers of each sample out in one row.",
    "reshape": "Lays the same numbers out in another shape.",
    "reshape_rows": "Lays the same numbers out in another shape.",
    "merge_positions": "Takes every position of every sequence for a sample of its own.",
} | SEQUENCE_FORWARD

BACKWARD: dict[tuple[str, str], str] = {
    ("linear", "weight"): "Each weight of {where}: the gradient at its unit times the input it saw, over the batch.",
    ("linear", "bias"): "Each bias of {where}: the gradient at its unit, over the batch.",
    ("linear", "x"): "What {where} hands back: each unit's gradient through the weights to the layer before.",
    (
        "conv2d",
        "weight",
    ): "Each weight of a kernel of {where}: the gradient at every place times the input it saw there, over the batch.",
    ("conv2d", "bias"): "Each bias of {where}: the gradient of its channel, over all places and the batch.",
    ("conv2d", "x"): "What {where} hands back: to every cell through each weight that lay on it.",
    ("max_pool2d", "x"): "Each window's gradient goes to its largest cell, whole; the others get nothing.",
    ("avg_pool2d", "x"): "Each window's gradient, in equal shares to its cells.",
    ("global_avg_pool", "x"): "Each channel's gradient, in equal shares to its cells.",
    ("apply_mask", "x"): "Only the numbers that were not silenced pass the gradient on.",
    ("add_noise", "x"): "The noise is no function of the input, so the gradient passes as it is.",
    ("center", "x"): "The way straight through: what is subtracted does not change it.",
    ("center", "mean"): "The way by the mean: every number moves it, so all their gradients meet here.",
    ("rescale", "x"): "The way straight through the division by the spread.",
    ("rescale", "factor"): "The way by the spread: how the loss changes when all numbers are scaled alike.",
    ("inverse_root", "variance"): "From the spread's inverse back to the mean square.",
    ("batch_mean", "x"): "Each sample's share of the mean: the same for all.",
    ("batch_mean_square", "x"): "Each sample's share of the variance: the larger the further it is from the mean.",
    ("sample_mean", "x"): "Each unit's share of its sample's mean: the same for all.",
    ("sample_mean_square", "x"): "Each unit's share of the mean square: the larger the further it is from 0.",
    ("scale", "gamma"): "The learned scale: the gradient times what it scaled, over the batch.",
    ("scale", "x"): "Back through the learned scale.",
    ("shift", "beta"): "The learned shift: the gradient at its unit, over the batch.",
    ("shift", "x"): "A shift changes no differences, so the gradient passes as it is.",
    ("add", "a"): "A sum passes the gradient on to each of its inputs as it is.",
    ("add", "b"): "A sum passes the gradient on to each of its inputs as it is.",
    ("flatten", "x"): "The same gradients, laid out as the images or sequences were.",
    ("reshape", "x"): "The same gradients, laid out as the numbers were.",
    ("reshape_rows", "x"): "The same gradients, laid out as the numbers were.",
    ("features", "x"): "Back to the raw inputs: through the slope of every feature they are in.",
} | SEQUENCE_BACKWARD


def forward_sentence(op: str, where: str) -> str:
    """What a forward step does; nothing for an op without words."""
    return FORWARD.get(op if op in FORWARD else op.rstrip("0123456789"), "").format(where=where)


def backward_sentence(op: str, argument: str, where: str) -> str:
    """What a VJP hands back; nothing for an op without words."""
    return BACKWARD.get((op.removesuffix("_without_bias"), argument), "").format(where=where)
