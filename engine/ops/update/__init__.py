"""The equations of optimizers, schedules, clipping and penalties."""
