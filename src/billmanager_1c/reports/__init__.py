"""What the verbs return: values that can be counted, filtered, printed and looked at."""

from ._accounts import AccountsReport, RecoveryReport
from ._diagnosis import Check, CheckVerdict, Diagnosis
from ._explanation import DocumentSummary, Event, Explanation, LineStanding, explain, narrate
from ._export import Action, ExportReport, Outcome
from ._lines import Refusal, UnknownOutcome
from ._listing import Listing, found_documents, refusals, suggestions, unknown_outcomes
from ._plan import Choice, ExportPlan, PlannedAction
from ._reconciled import ClassTotal, DayTotal, LineClass, ReconciledLine, Suggestion
from ._reconciliation import Reconciliation

__all__ = [
    "AccountsReport",
    "Action",
    "Check",
    "CheckVerdict",
    "Choice",
    "ClassTotal",
    "DayTotal",
    "Diagnosis",
    "DocumentSummary",
    "Event",
    "Explanation",
    "ExportPlan",
    "ExportReport",
    "LineClass",
    "LineStanding",
    "Listing",
    "Outcome",
    "PlannedAction",
    "ReconciledLine",
    "Reconciliation",
    "RecoveryReport",
    "Refusal",
    "Suggestion",
    "UnknownOutcome",
    "explain",
    "found_documents",
    "narrate",
    "refusals",
    "suggestions",
    "unknown_outcomes",
]
