"""Measurements: printed, never asserted, because a busy machine is not a mistake."""
