"""A run written as code that proves itself: data and weights inside, some iterations, and an assert for each loss."""

from engine.pasted.written.module import module_script
from engine.pasted.written.notebook import notebook
from engine.pasted.written.script import COUNT, numpy_script, torch_script

__all__ = ["COUNT", "module_script", "notebook", "numpy_script", "torch_script"]
