"""Reference engines, cases and helpers that the engine's tests share."""
