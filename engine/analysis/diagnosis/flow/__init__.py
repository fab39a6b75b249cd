"""The gradient on its way back, through the layers and through time, and what it makes of the weights."""

from engine.analysis.diagnosis.flow.arrival import ARRIVAL
from engine.analysis.diagnosis.flow.depth import DEPTH
from engine.analysis.diagnosis.flow.over_time import OVER_TIME
from engine.analysis.diagnosis.flow.steps import STEPS_TO_WEIGHTS

FLOW = (ARRIVAL, DEPTH, OVER_TIME, STEPS_TO_WEIGHTS)

__all__ = ["FLOW"]
