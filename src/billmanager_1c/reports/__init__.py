"""What the verbs return: values that can be counted, filtered, printed and looked at."""

from ._accounts import AccountsReport, RecoveryReport
from ._export import Action, ExportReport, Outcome
from ._lines import Refusal, UnknownOutcome
from ._plan import Choice, ExportPlan, PlannedAction

__all__ = [
    "AccountsReport",
    "Action",
    "Choice",
    "ExportPlan",
    "ExportReport",
    "Outcome",
    "PlannedAction",
    "RecoveryReport",
    "Refusal",
    "UnknownOutcome",
]
