"""How parameters change: optimizers, schedules, clipping, penalties, early stopping."""
