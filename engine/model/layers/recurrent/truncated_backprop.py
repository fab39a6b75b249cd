"""Truncated backpropagation through time: which moments a gradient goes back through.

A sequence is cut in pieces of k1 moments. What the losses of a piece send back goes k2 moments back from its end, into
pieces before it if k2 is larger than k1; there, the states are computed once more, from one that is held still. Their
values are the same; that their gradient ends there is the truncation. All pieces are one iteration, so their gradients
add up, as those of a loop that detaches its state and calls backward for each piece, before one step of the optimizer.

Source: Williams and Peng 1990, An efficient gradient-based algorithm for on-line training of recurrent network
trajectories (there h' is k1, and h is k2); Sutskever 2013, section 2.8.6.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Moments `start` + 1 to `end`, whose losses send gradients back to moment `first` + 1; moments count from 1."""

    first: int
    start: int
    end: int


def pieces(length: int, k1: int | None, k2: int | None, every: bool) -> list[Piece]:
    """The pieces of a sequence; a single one if nothing is truncated.

    Pieces that reach back to the beginning are one: their gradients go through the same states. The last piece may be
    shorter than the others; it reaches back as far before its start as they do.

    Args: k1: moments in a piece, k2 if none is given; k2: moments that a gradient goes back, at least k1, none for all;
          every: whether there is a loss at every moment, or at the last one alone, which then k2 is counted from.
    """
    if k2 is None or k2 >= length:
        return [Piece(0, 0, length)]
    if not every:
        return [Piece(0, 0, length - k2), Piece(length - k2, length - k2, length)]
    size = k1 or k2
    cut = [Piece(max(0, s + size - k2), s, min(s + size, length)) for s in range(0, length, size)]
    whole = [piece for piece in cut if piece.first == 0]
    return [Piece(0, 0, whole[-1].end), *cut[len(whole) :]]
