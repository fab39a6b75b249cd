"""Standardization: each input feature moved to mean 0 and scaled to standard deviation 1."""

from __future__ import annotations

import numpy as np

from engine.data.dataset_kind import Floats


def mean_and_deviation(inputs: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column, to be measured on the training rows only.

    Formula: mean_d = 1/N sum_n x_nd;  std_d = sqrt(1/N sum_n (x_nd - mean_d)^2)
    Args:    inputs (N, D), N at least 1.
    Returns: mean (D,), std (D,); std is 1 for a column of equal numbers, so that it becomes 0 and not 0/0.
    Source:  Bishop 2006, section 9.1; matches sklearn.preprocessing.StandardScaler.
    """
    constant = inputs.min(axis=0) == inputs.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):  # inputs near the largest float flow on as inf
        mean = np.where(constant, inputs[0], inputs.mean(axis=0))
        return mean, np.where(constant, 1.0, inputs.std(axis=0))


def standardized(inputs: Floats, mean: Floats, std: Floats) -> Floats:
    """The inputs in the model's units.

    Formula: (x_nd - mean_d) / std_d
    Args:    inputs (N, D); mean (D,); std (D,), no zeros.
    Returns: (N, D).
    Source:  as for mean_and_deviation.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return (inputs - mean) / std
