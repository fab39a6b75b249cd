"""What was probably meant by a name that is not known: PyTorch's, Keras' or a textbook's word, or a slip of typing.

A name that is not known is looked for as it is, but for capitals and signs; then without what libraries put around
their names (`MSELoss`, `BatchNorm2d`, `StepLR`); then in the table of other words; last by how near it is to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

NEAR = 0.75  # the share of two words that is alike, from which on one may be a slip for the other
_AROUND = ("loss", "lr", "layer", "optimizer", "scheduler", "function", "initializer", "init", "1d", "2d", "d", "s")
_BEFORE = ("make", "nn", "torch", "keras", "optim", "random", "n", "num")

WORDS: Mapping[str, tuple[str, ...]] = {
    # layers
    "linear": ("dense", "identity"),
    "fc": ("dense",),
    "fullyconnected": ("dense",),
    "affine": ("dense",),
    "perceptron": ("dense",),
    "conv": ("conv2d", "conv1d"),
    "convolution": ("conv2d", "conv1d"),
    "convolutional": ("conv2d", "conv1d"),
    "maxpooling": ("max_pool2d",),
    "averagepooling": ("avg_pool2d",),
    "adaptiveavgpool": ("global_avg_pool",),
    "globalaveragepooling": ("global_avg_pool",),
    "batchnormalization": ("batch_norm",),
    "layernormalization": ("layer_norm",),
    "rmsnormalization": ("rms_norm",),
    "multiheadattention": ("attention",),
    "selfattention": ("attention",),
    "bahdanau": ("additive_attention",),
    "additive": ("additive_attention",),
    "simplernn": ("rnn",),
    "elman": ("rnn",),
    "unflatten": ("reshape",),
    "view": ("reshape",),
    "concatenate": ("concat",),
    "cat": ("concat",),
    "residual": ("add",),
    "skip": ("add",),
    "sum": ("add",),
    "product": ("multiply",),
    "mul": ("multiply",),
    "sub": ("subtract",),
    "positionalembedding": ("positional_encoding",),
    "noise": ("gaussian_noise",),
    "alphadropout": ("dropout",),
    # activations
    "logistic": ("sigmoid",),
    "none": ("identity", "constant"),
    "swish": ("silu",),
    "lrelu": ("leaky_relu",),
    "rectifier": ("relu",),
    "rectified": ("relu",),
    "hyperbolictangent": ("tanh",),
    "hardswiglu": ("hardswish",),
    "heaviside": ("step",),
    "binarystep": ("step",),
    "unitstep": ("step",),
    "hardlimit": ("step",),
    "hardlim": ("step",),
    "threshold": ("step",),
    "clip": ("hardtanh", "clip"),
    # losses
    "meansquarederror": ("mse",),
    "squarederror": ("mse",),
    "quadratic": ("mse",),
    "sse": ("mse",),
    "l2": ("mse",),
    "meanabsoluteerror": ("mae",),
    "absoluteerror": ("mae",),
    "l1": ("mae",),
    "smoothl1": ("smooth_l1", "huber"),
    "poisson": ("poisson_nll",),
    "categoricalcrossentropy": ("cross_entropy",),
    "sparsecategoricalcrossentropy": ("cross_entropy",),
    "softmaxcrossentropy": ("cross_entropy",),
    "softmaxcrossentropywithlogits": ("cross_entropy",),
    "ce": ("cross_entropy",),
    "logloss": ("bce", "cross_entropy"),
    "log": ("bce", "cross_entropy"),
    "binarycrossentropy": ("bce",),
    "sigmoidcrossentropy": ("bce_with_logits",),
    "sigmoidcrossentropywithlogits": ("bce_with_logits",),
    "binarycrossentropywithlogits": ("bce_with_logits",),
    "negativeloglikelihood": ("nll",),
    "kld": ("kl_div",),
    "kldivergence": ("kl_div",),
    "kullbackleibler": ("kl_div",),
    "svm": ("hinge",),
    "multiclasshinge": ("multi_margin", "hinge"),
    "categoricalhinge": ("multi_margin", "hinge"),
    "sigmoidfocal": ("focal",),
    # optimizers and schedules
    "gd": ("sgd",),
    "gradientdescent": ("sgd",),
    "stochasticgradientdescent": ("sgd",),
    "momentum": ("sgd",),
    "nesterov": ("sgd",),
    "cosineannealing": ("cosine",),
    "cosinedecay": ("cosine",),
    "reducelronplateau": ("plateau",),
    "reduceonplateau": ("plateau",),
    "sequential": ("warmup_cosine",),
    "onecycle": ("one_cycle",),
    "cyclic": ("cyclical",),
    "clr": ("cyclical",),
    "finder": ("range_test",),
    "lrfinder": ("range_test",),
    "piecewiseconstant": ("multi_step",),
    "piecewiseconstantdecay": ("multi_step",),
    "exponentialdecay": ("exponential",),
    "inversetimedecay": ("inverse_time",),
    "warmup": ("linear", "warmup_cosine"),
    "polynomial": ("linear",),
    # initializers and data
    "glorot": ("xavier_uniform",),
    "glorotuniform": ("xavier_uniform",),
    "glorotnormal": ("xavier_normal",),
    "xavier": ("xavier_uniform",),
    "he": ("kaiming_normal",),
    "henormal": ("kaiming_normal",),
    "heuniform": ("kaiming_uniform",),
    "kaiming": ("kaiming_normal",),
    "lecun": ("lecun_normal",),
    "gaussian": ("normal", "gaussian_noise", "gaussian_nll"),
    "one": ("constant",),
    "zero": ("zeros",),
    "default": ("torch_default",),
    "pytorch": ("torch_default",),
    "mnist": ("digits",),
    "cancer": ("breast_cancer",),
    # fields of a run
    "dataset": ("data", "name"),
    "model": ("layers",),
    "network": ("layers",),
    "net": ("layers",),
    "architecture": ("layers",),
    "criterion": ("loss",),
    "objective": ("loss",),
    "cost": ("loss",),
    "batch": ("batch_size",),
    "minibatch": ("batch_size",),
    "minibatchsize": ("batch_size",),
    "randomstate": ("seed",),
    "precision": ("dtype",),
    "lrscheduler": ("schedule",),
    "learningrateschedule": ("schedule",),
    "gradientclipping": ("clip",),
    "gradclip": ("clip",),
    "penalty": ("regularization",),
    "regularizer": ("regularization",),
    "weightregularization": ("regularization",),
    # fields of data
    "x": ("inputs",),
    "samplesx": ("inputs",),
    "features": ("inputs",),
    "y": ("targets",),
    "label": ("targets",),
    "output": ("targets",),
    "size": ("samples", "units"),
    "rows": ("samples",),
    "testsize": ("test_fraction",),
    "validationsplit": ("test_fraction",),
    "split": ("test_fraction",),
    "normalize": ("standardize",),
    "scale": ("standardize",),
    # fields of layers
    "outfeatures": ("units",),
    "outchannels": ("units",),
    "filters": ("units",),
    "hidden": ("units",),
    "hiddensize": ("units",),
    "hiddenunits": ("units",),
    "neurons": ("units",),
    "nodes": ("units",),
    "width": ("units",),
    "embeddingdim": ("units",),
    "outputdim": ("units",),
    "kernelsize": ("kernel",),
    "poolsize": ("kernel",),
    "filtersize": ("kernel",),
    "strides": ("stride",),
    "pad": ("padding",),
    "dilationrate": ("dilation",),
    "weights": ("weight",),
    "kernelweights": ("weight",),
    "biases": ("bias_values",),
    "biasvalue": ("bias_values",),
    "bias": ("bias_values",),
    "gamma": ("weight",),
    "usebias": ("bias",),
    "act": ("activation",),
    "activationfunction": ("activation",),
    "nonlinearity": ("activation",),
    "kernelinitializer": ("initializer",),
    "weightinitializer": ("initializer",),
    "weightinit": ("initializer",),
    "biasinit": ("bias_initializer",),
    "rate": ("p", "learning_rate"),
    "prob": ("p",),
    "probability": ("p",),
    "dropout": ("p",),
    "std": ("sigma", "std"),
    "stddev": ("sigma", "std"),
    "heads": ("heads",),
    "vocabsize": ("tokens",),
    "embeddings": ("tokens",),
    "inputdim": ("tokens",),
    "returnsequences": ("return_sequence",),
    "trainable": ("frozen",),
    "input": ("inputs",),
    "elementwiseaffine": ("affine",),
    # settings
    "lr": ("learning_rate",),
    "alpha": ("learning_rate", "negative_slope"),
    "eta": ("learning_rate",),
    "stepsize": ("learning_rate", "step_size"),
    "epsilon": ("eps",),
    "beta": ("betas", "momentum"),
    "beta1": ("betas",),
    "beta2": ("betas",),
    "mu": ("momentum",),
    "rho": ("alpha", "rho"),
    "decay": ("weight_decay", "alpha", "gamma"),
    "wd": ("weight_decay",),
    "lambda": ("lambd", "weight_decay", "l2"),
    "slope": ("negative_slope",),
    "minval": ("min_val", "minimum"),
    "maxval": ("max_val", "maximum"),
    "etamin": ("minimum",),
    "minlr": ("minimum",),
    "tmax": ("iterations",),
    "totalsteps": ("iterations",),
    "totaliterations": ("total_iters", "iterations"),
    "maxlr": ("maximum",),
    "classweight": ("weight",),
    "posweight": ("pos_weight",),
    "smoothing": ("label_smoothing",),
    "maxnorm": ("norm",),
    "clipnorm": ("norm",),
    "clipvalue": ("value",),
}
"""Other people's words, in small letters and without signs, and ours for them: the first that is known there."""

ELSEWHERE: Mapping[str, str] = {
    "epochs": "a run has no end: ask for any of its iterations",
    "iterations": "a run has no end: ask for any of its iterations",
    "steps": "a run has no end: ask for any of its iterations",
    "lr": 'the rate belongs to the optimizer, as in {"type": "sgd", "learning_rate": 0.1}',
    "learningrate": 'the rate belongs to the optimizer, as in {"type": "sgd", "learning_rate": 0.1}',
    "momentum": 'momentum belongs to the optimizer, as in {"type": "sgd", "momentum": 0.9}',
    "weightdecay": 'weight decay belongs to the optimizer, as in {"type": "sgd", "weight_decay": 0.01}',
    "activation": "each layer has an activation of its own",
    "hidden": 'layers are a list, as in [{"units": 4, "activation": "tanh"}, {"units": 1}]',
    "units": 'layers are a list, as in [{"units": 4, "activation": "tanh"}, {"units": 1}]',
    "hiddenlayersizes": 'layers are a list, as in [{"units": 4, "activation": "tanh"}, {"units": 1}]',
    "infeatures": "what a layer takes is known from the one before it",
    "inputsize": "what a layer takes is known from the one before it",
    "inputshape": "what a layer takes is known from the one before it",
    "inchannels": "what a layer takes is known from the one before it",
    "prelu": 'it is a layer, as it learns its slope: {"type": "prelu"}',
    "accuracy": "it is shown beside the loss of a classification, and cannot be trained",
}
"""Names that stand for something in another place, or for what there is no setting for, and what to do instead."""


def unknown(what: str, given: Any, known: Iterable[str], there: str = "there are") -> str:
    """The sentence on a name that is not known: what it was, what was probably meant, and what there is.

    Args: what: with the name in it, `unknown loss 'MSELoss'`; there: how the list of known names begins.
    """
    names = tuple(known)
    listed = f"{there} {', '.join(names) or 'none'}"
    note = next((ELSEWHERE[form] for form in _forms(given) if form in ELSEWHERE), "")
    found = meant(given, names, near=not note)
    if found is not None:
        return f"{what}; did you mean {found}? {listed[0].upper()}{listed[1:]}"
    return f"{what}; {note}; {listed}" if note else f"{what}; {listed}"


def meant(given: Any, known: Iterable[str], near: bool = True) -> str | None:
    """The known name that was probably meant; None if there is none.

    Args: near: whether a slip of typing is thought of, too.
    """
    ours = {_bare(name): name for name in reversed(tuple(known))}
    forms = tuple(_forms(given))
    for form in forms:
        if form in ours:
            return ours[form]
    for form in forms:
        for name in WORDS.get(form, ()):
            if _bare(name) in ours:
                return ours[_bare(name)]
    slips = get_close_matches(forms[0], ours, 1, NEAR) if forms and near else []
    return ours[slips[0]] if slips else None


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _forms(given: Any) -> Iterator[str]:
    """A name without capitals and signs, then also without what stands around it in other libraries."""
    if not isinstance(given, str) or len(given) > 60 or not _bare(given):
        return
    waiting, seen = [_bare(given)], set[str]()
    while waiting:
        form = waiting.pop(0)
        if form not in seen:
            seen.add(form)
            yield form
            waiting += [form.removesuffix(end) for end in _AROUND if form.endswith(end) and form != end]
            waiting += [form.removeprefix(start) for start in _BEFORE if form.startswith(start) and form != start]
