"""The programs of a model, each compiled once, by whatever run comes first."""

from __future__ import annotations

from engine.model.graph import Computation
from engine.program.compile import compile_evaluation, compile_program
from engine.program.feedback_alignment import Feedback
from engine.program.program import Program
from engine.update.equations import UpdateRules

EVALUATIONS = 8  # programs of the forward steps alone that are kept, each for one number of rows


class Shelf:
    """Compiled programs. Runs of one model share a shelf: compiling costs more than training a small net for a while.

    Args: feedback: a variant of backpropagation; its weights are drawn, so that another seed has other programs.
    """

    def __init__(self, model: Computation, feedback: Feedback | None) -> None:
        self._model, self._feedback = model, feedback
        self._programs: dict[tuple[str, int], Program] = {}
        self.evaluations: dict[int, Program] = {}

    def serves(self, model: Computation, feedback: Feedback | None) -> bool:
        """Whether programs of another model would be equal to these."""
        return feedback is None and self._feedback is None and model == self._model

    def program(self, variant: str, rules: UpdateRules, batch: int) -> Program:
        """The program of an iteration; variant: the name of its update."""
        key = (variant, batch)
        if key not in self._programs:
            self._programs[key] = compile_program(self._model, rules, batch, self._feedback)
        return self._programs[key]

    def evaluation(self, rows: int) -> Program:
        """The forward steps for any number of rows, as a model is evaluated."""
        found = self.evaluations.get(rows)
        if found is None:
            found = self.evaluations[rows] = compile_evaluation(self._model, rows)
            while len(self.evaluations) > EVALUATIONS:  # anyone may ask for predictions of any number of rows
                self.evaluations.pop(next(iter(self.evaluations), 0), None)
        return found
