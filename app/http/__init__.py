"""What every request passes: the guard, its body, the form of the answer, errors."""
