"""What an iteration of a run depends on, as a name: branches have it in common up to where they part."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from dataclasses import replace

from engine.config.edits import Edit
from engine.run.task import Config


class Lineage:
    """Names of a configuration's pasts: without any edit, with the first of them, with two of them, and so on.

    Each is made of the one before and one edit: data given number by number is read once, however many edits there are.
    """

    def __init__(self, config: Config) -> None:
        self._iterations = [edit.iteration for edit in config.edits]
        self._names = [replace(config, edits=()).id if config.edits else config.id]
        for edit in config.edits:
            self._names.append(_longer(self._names[-1], edit))

    def at(self, iteration: int) -> str:
        """The name of the past with the edits before an iteration.

        Edits at 0 count at 0 already: slots start as the optimizer that they make says.
        """
        return self._names[bisect_left(self._iterations, max(iteration, 1))]

    def next_edit(self, start: int) -> int:
        """The first iteration after `start` that has an edit; one beyond all others if there is none."""
        return next((t for t in self._iterations[bisect_left(self._iterations, start + 1) :]), 2**62)


def _longer(name: str, edit: Edit) -> str:
    text = json.dumps([name, edit.to_dict()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]
