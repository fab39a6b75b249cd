"""What an iteration says about how training goes. Each family of checks is a file; `diagnose` puts them all."""

from engine.analysis.diagnosis.diagnose import CHECKS, KINDS, SILENCED_BY, diagnose
from engine.analysis.diagnosis.finding import Cure, Diagnosis, Finding, Kind, Measured, NotMeasured, Place, Severity

__all__ = [
    "CHECKS",
    "KINDS",
    "SILENCED_BY",
    "Cure",
    "Diagnosis",
    "Finding",
    "Kind",
    "Measured",
    "NotMeasured",
    "Place",
    "Severity",
    "diagnose",
]
