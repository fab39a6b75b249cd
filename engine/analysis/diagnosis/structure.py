"""What can be seen in how layers follow each other, before anything is trained."""

from __future__ import annotations

from engine.analysis.diagnosis.cures import anew, hidden_activation
from engine.analysis.diagnosis.finding import Check, Finding, Result
from engine.analysis.diagnosis.look import OF_A_ROW, Look, of_layers
from engine.analysis.diagnosis.words import count, listed
from engine.explain.blocks import layer_title
from engine.program.program import Step

# --- linear maps after each other --------------------------------------------------------------------------------

WEIGHTED = (
    *("linear", "linear_without_bias", "linear_sequence", "linear_sequence_without_bias"),
    *("conv2d", "conv2d_without_bias", "conv1d", "conv1d_without_bias"),
)
PLAIN = (
    *(*WEIGHTED, "identity", "add", "reshape", "flatten", "concatenate", "features"),
    *("apply_mask", "bernoulli_mask", "add_noise", "take"),
)


def _bends(look: Look) -> Result:
    """Two linear maps after each other are one."""
    weighted = [step for step in look.forward if step.op in WEIGHTED]
    between = [s for s in look.forward if weighted[0].index < s.index < weighted[-1].index and s.op not in PLAIN]
    names = [step.layer for step in weighted]
    text = f"{count(len(between), 'step')} that bend" if len(between) != 1 else "1 step that bends"
    if between:
        return Result(text, tuple(dict.fromkeys(step.layer for step in between)))
    titles = listed([layer_title(name) for name in names], "layers")
    words = (
        f"There is no activation between {titles}: linear maps after each other are one linear map, so the network can "
        "only draw straight lines and planes."
    )
    title = "tanh in the hidden layers"
    cure = anew(look, title, "Each unit then adds a bend.", layers=hidden_activation(look, tuple(names[:-1]), "tanh"))
    found = Finding(
        "linear_model", "warning", "The network is linear", words, "forward", look.at(f"{names[0]}.a"), (cure,)
    )
    return Result(text, tuple(names), findings=(found,))


def without_layers(look: Look) -> str | None:
    """Where there is nothing for an activation to stand between."""
    if reason := of_layers(look):
        return reason
    weighted = [step for step in look.forward if step.op in WEIGHTED]
    return None if len(weighted) > 1 else "there are no two layers with weights after each other"


# --- a choice of one ---------------------------------------------------------------------------------------------


def _inner(look: Look) -> list[Step]:
    """Every softmax before the last layer; that of attention is another op, and chooses among places."""
    return [s for s in look.forward if s.op in OF_A_ROW and s.output != look.run.prediction]


def _choices(look: Look) -> Result:
    inner = _inner(look)
    fewest = min(inner, key=lambda step: step.shape[-1])
    units = float(fewest.shape[-1])
    text = f"over {count(int(units), 'unit')} at the least"
    found = (_always(look, fewest),) if units == 1 else ()
    return Result(text, tuple(step.output for step in inner), units, units, found)


def _always(look: Look, step: Step) -> Finding:
    only = "1" if step.op == "softmax" else "0"
    words = (
        f"The {step.op} of {layer_title(step.layer)} is over one unit, so it is always {only}, whatever the weights "
        "before it are."
    )
    sigmoid = hidden_activation(look, (step.layer,), "sigmoid")
    cure = anew(look, "Sigmoid there", "It gives a number from 0 to 1 that depends on its input.", layers=sigmoid)
    return Finding("wrong_pair", "bad", "A softmax over one unit", words, "forward", look.at(step.output), (cure,))


def without_choices(look: Look) -> str | None:
    """Where no hidden softmax is."""
    return of_layers(look) or (None if _inner(look) else "there is no softmax before the last layer")


STRUCTURE = (
    Check("activations between layers", ("linear_model",), _bends, without_layers),
    Check("softmax among several", ("wrong_pair",), _choices, without_choices),
)
