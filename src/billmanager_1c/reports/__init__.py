"""What the verbs return: values that can be counted, filtered, printed and looked at."""

from ._accounts import AccountsReport
from ._export import Action, ExportReport, Outcome

__all__ = ["AccountsReport", "Action", "ExportReport", "Outcome"]
