"""Losses: predictions and targets in, one number out."""
