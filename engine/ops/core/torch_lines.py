"""A line of numpy as the line of PyTorch that does the same: the same words but for some, and one or two other ways.

What PyTorch has a better word for, `F.linear`, `F.conv2d`, an op says itself (`Function.torch`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_WORDS = (
    (r"\baxis=", "dim="),
    (r"\baxes=", "dims="),
    (r"np\.float32\(([^()]*)\)", r"\1"),
    (r"\bkeepdims=", "keepdim="),
    (r"\.copy\(\)", ".clone()"),
    (r"\.size\b(?!\()", ".numel()"),
    (r"\bnp\.", "torch."),
)
_CALL = re.compile(r"(?<![\w.])((?:np\.)?[a-z_]+)\(")
_NAMES = {"np.concatenate": "torch.cat", "np.expand_dims": "expand_dims", "erf": "torch.erf"}
_NAMES |= {"logsumexp": "torch.logsumexp", "np.repeat": "torch.repeat_interleave", "np.array": "torch.tensor"}
_LIMITS = {"np.maximum": "min", "np.minimum": "max"}


def in_torch(code: str, operands: Collection[str]) -> str:
    """The expression in PyTorch, where `operands` are tensors and other placeholders plain numbers."""
    text = _calls(code, operands)
    for pattern, word in _WORDS:
        text = re.sub(pattern, word, text)
    return text


def _calls(code: str, operands: Collection[str]) -> str:
    """The expression with its calls rewritten, from the outermost in."""
    written, at = "", 0
    while found := _CALL.search(code, at):
        end = _closed(code, found.end())
        inside = [_calls(part.strip(), operands) for part in _parts(code[found.end() : end])]
        written += code[at : found.start()] + _call(found[1], inside, operands)
        at = end + 1
    return written + code[at:]


def _call(name: str, given: Sequence[str], operands: Collection[str]) -> str:
    if name in _LIMITS and (numbers := [part for part in given if not _has_tensor(part, operands)]):
        (tensor,) = (part for part in given if part not in numbers[:1])
        return f"torch.clamp({tensor}, {_LIMITS[name]}={numbers[0]})"
    if name == "np.sqrt" and not _has_tensor(given[0], operands):
        return f"({given[0]}) ** 0.5" if re.search(r"\W", given[0].lstrip("$")) else f"{given[0]} ** 0.5"
    if name == "np.broadcast_to" and not _has_tensor(given[0], operands):
        return f"torch.broadcast_to(torch.tensor({given[0]}), ({given[1]},))"
    if name == "np.logaddexp":
        return f"torch.logaddexp(torch.zeros(()), {given[1]})"
    if name in ("np.max", "np.min") and given[0].startswith("["):
        return f"{name}(torch.stack({given[0]}))"
    if name in ("softmax", "log_softmax"):
        return f"F.{name}({given[0]}, dim=-1)"
    return f"{_NAMES.get(name, name)}({', '.join(given)})"


def _has_tensor(text: str, operands: Collection[str]) -> bool:
    """Whether some operand itself is in it, not only how long it is."""
    named = re.findall(r"\$\{?(\w+)\}?(?!\w*\}?\.(?:shape|size|ndim))", text)
    return any(name in operands for name in named)


def _closed(code: str, start: int) -> int:
    """Where the bracket that is open at `start` is closed."""
    depth = 1
    for at in range(start, len(code)):
        depth += (code[at] in "([{") - (code[at] in ")]}")
        if not depth:
            return at
    return len(code)


def _parts(text: str) -> list[str]:
    """What commas part at this level."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text[start:].strip() or not parts else parts
