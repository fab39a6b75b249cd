r"""What the values of sequence layers are called, and what the steps that make them do.

A value of one moment, ``lstm1.h3``, is written ``h^{(1)\langle 3\rangle}``. One that is computed once more for the
second piece of truncated backpropagation is ``h3r2``, one held still for a piece is ``h3d``: see `layers.truncation`.
"""

from __future__ import annotations

from engine.foundation.value_name import Moment, ValueName

# a whole value and one of its cells
SEQUENCE_LETTERS: dict[str, tuple[str, str]] = {
    "weight_ih": ("W^{ih}", "w^{ih}"),
    "weight_hh": ("W^{hh}", "w^{hh}"),
    "bias_ih": ("b^{ih}", "b^{ih}"),
    "bias_hh": ("b^{hh}", "b^{hh}"),
    "ih": ("p^{ih}", "p^{ih}"),
    "position": ("P", "p"),
    **{f"weight_{letter}": (f"W^{{{letter.upper()}}}", f"w^{{{letter.upper()}}}") for letter in "qkvo"},
    **{f"bias_{letter}": (f"b^{{{letter.upper()}}}",) * 2 for letter in "qkvo"},
    **{letter: (letter.upper(), letter) for letter in "qkv"},
    **{f"{letter}_heads": (rf"\hat {letter.upper()}", rf"\hat {letter}") for letter in "qkv"},
    "weight_score": ("v", "v"),
    "scores": ("S", "s"),
    "weights": ("A", r"\alpha"),
    "attended": (r"\hat C", r"\hat c"),
    "merged": ("C", "c"),
    "pairs": ("E", "e"),
    "bent": (r"\tilde E", r"\tilde e"),
}

_MOMENT_LETTERS: dict[str, str] = {
    **{letter: letter for letter in "hcifgorzn"},
    **{f"z{gate}": f"z^{{{gate}}}" for gate in "ifgorzn"},
    **{f"x{gate}": f"p^{{i{gate}}}" for gate in "rzn"},
    **{f"u{gate}": f"p^{{h{gate}}}" for gate in "rzn"},
    "ih": "p^{ih}",
    "hh": "p^{hh}",
    "s": r"\hat c",
    "new": r"c^{+}",
    "kept": r"\check c",
    "m": "m",
    "e": "e",
}


def moment_letter(key: str, moment: Moment) -> str:
    """The letter of a value of one moment in LaTeX, with a bar if it is held still."""
    letter = _MOMENT_LETTERS.get(key, rf"\mathrm{{{key}}}")
    return rf"\bar {letter}" if moment.held else letter


def moment_latex(moment: Moment) -> str:
    """A moment in LaTeX: 3, or 3 in piece 2."""
    again = rf"\,|\,{moment.piece}" if moment.piece else ""
    return rf"\langle {moment.number}{again}\rangle"


# --- sentences --------------------------------------------------------------------------------------------------------

SEQUENCE_FORWARD: dict[str, str] = {
    "linear_sequence": "Every unit of {where} sums its weighted inputs and adds its bias, at all positions at once.",
    "linear_sequence_without_bias": "Every unit of {where} sums its weighted inputs, at all positions at once.",
    "embedding": "Looks up the row of each token in the table of {where}.",
    "add_positions": "Adds to each position the numbers that {where} has for it.",
    "at_time": "Takes one moment of the sequence.",
    "stack_time_": "Puts the moments together again: a sequence.",
    "mean_time": "Takes the mean over all moments.",
    "slice_units": "Takes the part of one gate.",
    "stop_gradient": "The same numbers, held still: no gradient goes back from here on.",
    "split_heads": "Splits the features, a part for each head.",
    "merge_heads": "Puts what the heads found side by side.",
    "scaled_scores": "How well each query fits each key: their product, divided by the root of their length.",
    "attention_weights": "Makes shares of the scores: what each position takes from all others adds up to 1.",
    "attend": "Takes from every position its share.",
    "pairwise_add": "Makes a pair of every query and every key, and adds the two.",
    "dot_vector": "One number for each pair: its score.",
}

SEQUENCE_BACKWARD: dict[tuple[str, str], str] = {
    ("linear_sequence", "weight"): "Each weight of {where}: the gradient at its unit times the input it saw, over all "
    "positions of the batch.",
    ("linear_sequence", "bias"): "Each bias of {where}: the gradient at its unit, over all positions of the batch.",
    ("linear_sequence", "x"): "What {where} hands back: at each position, each unit's gradient through the weights.",
    ("embedding", "weight"): "Each token's row gets the gradients of all places where the token stands.",
    ("add_positions", "x"): "A sum passes the gradient on as it is.",
    ("add_positions", "position"): "Each position's numbers get the gradients of that position in all samples.",
    ("at_time", "x"): "Each moment's gradient goes back to its place in the sequence.",
    ("mean_time", "x"): "Each moment gets the same share of the gradient.",
    ("multiply", "a"): "The gradient times what this was multiplied by: the other one is its gate.",
    ("multiply", "b"): "The gradient times what this was multiplied by: the other one is its gate.",
    ("split_heads", "x"): "Puts the gradients of the heads side by side.",
    ("merge_heads", "x"): "Splits the gradient, a part for each head.",
    ("attention_weights", "scores"): "A score matters as far as its position would help more than the average does.",
    ("attend", "weights"): "How much a larger share of each position would change the loss.",
    ("attend", "value"): "Each position gets the gradients of all that took from it, by their shares.",
    ("scaled_scores", "query"): "Each query's gradient: the keys, by the gradients of their scores.",
    ("scaled_scores", "key"): "Each key's gradient: the queries, by the gradients of their scores.",
    ("pairwise_add", "query"): "Each query gets the gradients of all pairs that it is in.",
    ("pairwise_add", "key"): "Each key gets the gradients of all pairs that it is in.",
    ("dot_vector", "x"): "Each pair's gradient: the vector, by the gradient of its score.",
    ("dot_vector", "vector"): "The vector's gradient: all pairs, by the gradients of their scores.",
}

_OF_A_MOMENT: dict[tuple[str, str], str] = {
    ("ih", "at_time"): "What the input gives to the units of {where} at moment {t}.",
    ("hh", "linear"): "What the state before gives to the units of {where} at moment {t}.",
    ("z", "add"): "Adds what input and state give to {where} at moment {t}.",
    ("i", "sigmoid"): "The input gate at moment {t}: how much is written to each cell.",
    ("f", "sigmoid"): "The forget gate at moment {t}: how much each cell keeps of what it was.",
    ("o", "sigmoid"): "The output gate at moment {t}: how much of each cell is shown.",
    ("g", "tanh"): "What is to be written to the cells at moment {t}.",
    ("new", "multiply"): "What is written to each cell at moment {t}: the input gate times the new content.",
    ("kept", "multiply"): "What is kept at moment {t}: a gate times what there was.",
    ("c", "add"): "The cells at moment {t}: what they keep and what is written.",
    ("s", "tanh"): "The cells at moment {t}, brought between -1 and 1 to be shown.",
    ("h", "multiply"): "The state of {where} at moment {t}: what the output gate shows of the cells.",
    ("r", "sigmoid"): "The reset gate at moment {t}: how much of the state before the new one sees.",
    ("z", "sigmoid"): "The update gate at moment {t}: how much of the state before stays.",
    ("m", "multiply"): "What the reset gate lets the new state see of the one before, at moment {t}.",
    ("n", "tanh"): "The new state at moment {t}, of which the update gate takes its share.",
    ("e", "subtract"): "How far the state before is from the new one at moment {t}.",
    ("h", "add"): "The state of {where} at moment {t}: the new one, and what stays of the one before.",
}


def moment_sentence(name: ValueName, op: str, where: str) -> str:
    """What a step does that makes a value of one moment; nothing for others."""
    moment = name.moment
    if moment is None:
        return ""
    text = _OF_A_MOMENT.get((name.key, op.removesuffix("_without_bias")), "")
    if name.key == "h" and not text and not moment.held:
        text = "The state of {where} at moment {t}."
    again = " Computed once more, as its gradient ends elsewhere." if moment.piece and text else ""
    return text.format(where=where, t=moment.number) + again
