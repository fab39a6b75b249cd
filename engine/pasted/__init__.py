"""A network that was written for PyTorch or Keras, as a configuration: the code is read, and nothing of it is run."""

from engine.pasted.convert import Converted, Dialect, convert
from engine.pasted.notes import Default, Note

__all__ = ["Converted", "Default", "Dialect", "Note", "convert"]
