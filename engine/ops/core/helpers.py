"""What shown lines of code call by name: functions with bodies short enough to be read, in numpy and in PyTorch.

A body is text, as it is shown; the tests run it. A line names a helper where numpy has no word for what it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that lines of code call; no body where the library has it."""

    name: str
    numpy: str
    pytorch: str = ""


def _helper(name: str, numpy: str, pytorch: str = "") -> Helper:
    return Helper(name, dedent(numpy).strip(), dedent(pytorch).strip())


_ALL = (
    _helper(
        "erf",
        """
        def erf(x):
            return np.vectorize(math.erf)(x)
        """,
    ),
    _helper(
        "logsumexp",
        """
        def logsumexp(z, axis=-1, keepdims=False):
            largest = z.max(axis=axis, keepdims=True)  # so that nothing overflows
            total = np.log(np.exp(z - largest).sum(axis=axis, keepdims=True)) + largest
            return total if keepdims else total.squeeze(axis)
        """,
    ),
    _helper(
        "softmax",
        """
        def softmax(z):
            power = np.exp(z - z.max(axis=-1, keepdims=True))
            return power / power.sum(axis=-1, keepdims=True)
        """,
    ),
    _helper(
        "log_softmax",
        """
        def log_softmax(z):
            shifted = z - z.max(axis=-1, keepdims=True)
            return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        """,
    ),
    _helper(
        "attention_weights",
        """
        def attention_weights(scores, causal):
            power = np.exp(scores - scores.max(axis=-1, keepdims=True))
            if causal:  # no position looks at a later one
                power = np.tril(power)
            return power / power.sum(axis=-1, keepdims=True)
        """,
        """
        def attention_weights(scores, causal):
            power = torch.exp(scores - scores.amax(dim=-1, keepdim=True))
            if causal:  # no position looks at a later one
                power = torch.tril(power)
            return power / power.sum(dim=-1, keepdim=True)
        """,
    ),
    _helper(
        "class_weights",
        """
        def class_weights(weight, prediction):  # one for each class, also where one number is given for all
            return np.broadcast_to(weight, prediction.shape[1])
        """,
        """
        def class_weights(weight, prediction):  # one for each class, also where one number is given for all
            return torch.broadcast_to(torch.tensor(weight), (prediction.shape[1],))
        """,
    ),
    _helper(
        "smoothed",
        """
        def smoothed(rows, weights, smoothing):  # a share of every row is spread over all classes
            return weights * ((1 - smoothing) * rows + smoothing / rows.shape[1])
        """,
        """
        def smoothed(rows, weights, smoothing):  # a share of every row is spread over all classes
            return weights * ((1 - smoothing) * rows + smoothing / rows.shape[1])
        """,
    ),
    _helper(
        "along",
        """
        def along(axis, vector, x):  # one number for each place along an axis of x
            shape = [1] * x.ndim
            shape[axis] = -1
            return vector.reshape(shape)
        """,
        """
        def along(axis, vector, x):  # one number for each place along an axis of x
            shape = [1] * x.ndim
            shape[axis] = -1
            return vector.reshape(shape)
        """,
    ),
    _helper(
        "sum_all_but",
        """
        def sum_all_but(axis, x):
            return x.sum(axis=tuple(i for i in range(x.ndim) if i != axis))
        """,
        """
        def sum_all_but(axis, x):
            return x.sum(dim=tuple(i for i in range(x.ndim) if i != axis))
        """,
    ),
    _helper(
        "expand_dims",
        "",
        """
        def expand_dims(x, axes):
            for axis in axes:
                x = x.unsqueeze(axis)
            return x
        """,
    ),
    _helper(
        "times",
        """
        def times(name, first, last):  # the values of all times: name1, name2, ...
            step = 1 if first <= last else -1
            return [globals()[f"{name}{t}"] for t in range(first, last + step, step)]
        """,
        """
        def times(name, first, last):  # the values of all times: name1, name2, ...
            step = 1 if first <= last else -1
            return [globals()[f"{name}{t}"] for t in range(first, last + step, step)]
        """,
    ),
    _helper(
        "windows",
        """
        def windows(x, kernel, stride, padding, dilation=(1, 1), fill=0.0):
            (kh, kw), (sh, sw), (ph, pw), (dh, dw) = kernel, stride, padding, dilation
            x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=fill)
            rows = (x.shape[2] - dh * (kh - 1) - 1) // sh + 1
            columns = (x.shape[3] - dw * (kw - 1) - 1) // sw + 1
            out = np.empty((*x.shape[:2], rows, columns, kh, kw), x.dtype)
            for a in range(kh):
                for b in range(kw):
                    out[..., a, b] = x[:, :, a * dh :: sh, b * dw :: sw][:, :, :rows, :columns]
            return out
        """,
    ),
    _helper(
        "put_back",
        """
        def put_back(parts, shape, stride, padding, dilation=(1, 1)):  # windows added up where they came from
            (sh, sw), (ph, pw), (dh, dw) = stride, padding, dilation
            rows, columns, kh, kw = parts.shape[2:]
            out = np.zeros((*shape[:2], shape[2] + 2 * ph, shape[3] + 2 * pw), parts.dtype)
            for i in range(rows):
                for j in range(columns):
                    h, w = i * sh, j * sw
                    out[:, :, h : h + dh * kh : dh, w : w + dw * kw : dw][:, :, :kh, :kw] += parts[:, :, i, j]
            return out[:, :, ph : ph + shape[2], pw : pw + shape[3]]
        """,
    ),
    _helper(
        "conv2d",
        """
        def conv2d(x, weight, stride, padding, dilation):
            patches = windows(x, weight.shape[2:], stride, padding, dilation)
            return np.einsum("ncijab,ocab->noij", patches, weight)
        """,
    ),
    _helper(
        "conv2d_weight",
        """
        def conv2d_weight(x, shape, grad, stride, padding, dilation):
            patches = windows(x, shape[2:], stride, padding, dilation)
            return np.einsum("ncijab,noij->ocab", patches, grad)
        """,
    ),
    _helper(
        "conv2d_input",
        """
        def conv2d_input(shape, weight, grad, stride, padding, dilation):
            parts = np.einsum("noij,ocab->ncijab", grad, weight)
            return put_back(parts, shape, stride, padding, dilation)
        """,
    ),
    _helper(
        "stretches",
        """
        def stretches(x, kernel, stride, padding, dilation):
            x = np.pad(x, ((0, 0), (padding, padding), (0, 0)))
            count = (x.shape[1] - dilation * (kernel - 1) - 1) // stride + 1
            return np.stack([x[:, a * dilation :: stride][:, :count] for a in range(kernel)], axis=-1)
        """,
    ),
    _helper(
        "conv1d",
        """
        def conv1d(x, weight, stride, padding, dilation):
            return np.einsum("nica,oca->nio", stretches(x, weight.shape[2], stride, padding, dilation), weight)
        """,
    ),
    _helper(
        "conv1d_weight",
        """
        def conv1d_weight(x, shape, grad, stride, padding, dilation):
            return np.einsum("nica,nio->oca", stretches(x, shape[2], stride, padding, dilation), grad)
        """,
    ),
    _helper(
        "conv1d_input",
        """
        def conv1d_input(shape, weight, grad, stride, padding, dilation):  # added up where it came from
            out = np.zeros((shape[0], shape[1] + 2 * padding, shape[2]), grad.dtype)
            for a in range(weight.shape[2]):
                out[:, a * dilation :: stride][:, : grad.shape[1]] += grad @ weight[:, :, a]
            return out[:, padding : padding + shape[1]]
        """,
    ),
    _helper(
        "max_pool",
        """
        def max_pool(x, kernel, stride, padding):
            return windows(x, kernel, stride, padding, fill=-np.inf).max(axis=(4, 5))
        """,
    ),
    _helper(
        "max_pool_input",
        """
        def max_pool_input(grad, x, kernel, stride, padding):  # each gradient to the first of the largest
            patches = windows(x, kernel, stride, padding, fill=-np.inf)
            flat = patches.reshape(*grad.shape, -1)
            first = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
            parts = (grad[..., None] * first).reshape(patches.shape)
            return put_back(parts, x.shape, stride, padding)
        """,
        """
        def max_pool_input(grad, x, kernel, stride, padding):  # each gradient to the first of the largest
            _, at = F.max_pool2d(x, kernel, stride, padding, return_indices=True)
            flat = torch.zeros_like(x).flatten(2)
            return flat.scatter_add(2, at.flatten(2), grad.flatten(2)).reshape(x.shape)
        """,
    ),
    _helper(
        "avg_pool",
        """
        def avg_pool(x, kernel, stride, padding):
            return windows(x, kernel, stride, padding).mean(axis=(4, 5))
        """,
    ),
    _helper(
        "avg_pool_input",
        """
        def avg_pool_input(grad, x, kernel, stride, padding):  # equal shares to all cells of a window
            share = grad[..., None, None] * np.full(kernel, 1 / np.prod(kernel))
            return put_back(share, x.shape, stride, padding)
        """,
        """
        def avg_pool_input(grad, x, kernel, stride, padding):  # equal shares to all cells of a window
            channels, size = x.shape[1], kernel[0] * kernel[1]
            share = torch.full((channels, 1, *kernel), 1 / size)
            return torch.nn.grad.conv2d_input(x.shape, share, grad, stride, padding, groups=channels)
        """,
    ),
)
HELPERS: Mapping[str, Helper] = {helper.name: helper for helper in _ALL}
PRELUDE = "import math\n\nimport numpy as np"
TORCH_PRELUDE = "import torch\nimport torch.nn.functional as F\n\ntorch.set_default_dtype(torch.{dtype})"
_CALL = re.compile(r"(?<![\w.])(\w+)\(")


def called(code: str, pytorch: bool) -> tuple[str, ...]:
    """The helpers that a line calls, and those that they call, first what the others need."""
    found: dict[str, None] = {}
    for name in dict.fromkeys(_named(code, pytorch)):
        body = HELPERS[name].pytorch if pytorch else HELPERS[name].numpy
        inner = body.partition(":")[2]
        found |= dict.fromkeys((*called(inner, pytorch), name))
    return tuple(found)


def _named(code: str, pytorch: bool) -> Iterator[str]:
    for name in _CALL.findall(code):
        if name in HELPERS and (HELPERS[name].pytorch if pytorch else HELPERS[name].numpy):
            yield name
