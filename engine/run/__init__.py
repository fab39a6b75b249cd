"""A run as a value: its state at any iteration, its traces, its checkpoints."""
