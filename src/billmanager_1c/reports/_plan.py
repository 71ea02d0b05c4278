"""What an export would do, before it does it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import attrs

from ..ledger.encoding import dumps, from_plain, loads, to_plain
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode, SubaccountId
from ..views import Column, Picture, Status, Table, data_frame, html, text
from ._drawn import plot_lines
from ._export import TONES, Action
from ._words import bare


@attrs.frozen(kw_only=True)
class Choice:
    """What was chosen for a line, by which rule, and what lost."""

    #: ``company``, ``payer`` or ``method``
    what: str
    #: None where nothing was
    id: int | None
    #: the rule that chose; empty for a refusal
    rule: str
    #: why this one, or why none
    sentence: str
    #: the candidates that lost, each with its reasons
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PlannedAction:
    """What would become of one document line, and why."""

    ref: DocumentRef
    contract_id: ContractId
    action: Action
    #: the first request that would be sent: the function under ``func``, and its parameters; empty where none would be
    request: Mapping[str, str] = attrs.field(factory=dict, hash=False)
    payment_id: PaymentId | None = None
    #: in ``currency``
    amount: Decimal = Decimal(0)
    currency: str = ""
    #: the document's number and date, for people
    number: str = ""
    date: dt.date | None = None
    code: QuarantineCode | None = None
    reason: str = ""
    subaccount_id: SubaccountId | None = None
    #: company, payer and method with the rules that chose them and what lost
    choices: tuple[Choice, ...] = ()
    #: how the document reads in 1C; a plan is applied only as long as it reads the same
    digest: str = ""


@attrs.frozen(kw_only=True)
class ExportPlan:
    """What the next export would do. Nothing was written anywhere to find it out."""

    #: aware
    made_at: dt.datetime
    actions: tuple[PlannedAction, ...] = ()
    #: trouble that passes by itself, such as a locked infobase: the plan may lack something
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many lines would end how: seven keys, always all of them."""
        found = Counter(action.action for action in self.actions)
        return {action.value: found[action] for action in Action}

    def filter(self, keep: Callable[[PlannedAction], bool]) -> ExportPlan:
        """Return the plan with only some of its actions."""
        return attrs.evolve(self, actions=tuple(action for action in self.actions if keep(action)))

    def documents(self) -> dict[DocumentRef, str]:
        """Return the documents of the plan, each with how it reads in 1C."""
        return {action.ref: action.digest for action in self.actions}

    def to_json(self) -> str:
        """Write the plan down, always in the same words."""
        return dumps(to_plain(self))

    @classmethod
    def from_json(cls, text: str) -> ExportPlan:
        """Read what :meth:`to_json` wrote."""
        return from_plain(loads(text), cls)

    def difference(self, earlier: ExportPlan) -> ExportPlan:
        """Return the plan with only those actions that an earlier one did not have just so."""
        known = set(earlier.actions)
        return self.filter(lambda action: action not in known)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the actions as plain dictionaries."""
        return [to_plain(action) for action in self.actions]

    def to_pandas(self) -> Any:
        """Return the table as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self.table())

    def plot(self, currency: str | None = None) -> Picture:
        """Draw money by the documents' days and by action, in one currency: by default that of most lines.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        return plot_lines(self.actions, Action, currency)

    def table(self) -> Table:
        """Draw the actions up as a table."""
        rows = [
            (
                Status(action.action.value, TONES[action.action]),
                action.ref.kind.short,
                action.number,
                action.date,
                action.amount,
                action.currency,
                action.payment_id,
                action.code.value if action.code else "",
                bare(action),
            )
            for action in self.actions
        ]
        names = ("action", "document", "number", "date", "amount", "currency", "payment", "code", "reason")
        return Table(columns=tuple(Column(name) for name in names), rows=tuple(rows), footnotes=(self._summary(),))

    def _summary(self) -> str:
        counted = ", ".join(f"{number} {name}" for name, number in self.counts.items() if number)
        troubles = "".join(f" Trouble: {problem}" for problem in self.problems)
        warnings = "".join(f" {warning}" for warning in self.warnings)
        return f"{counted or 'nothing to do'}.{troubles}{warnings}"

    def __str__(self) -> str:
        return text(self.table())

    def _repr_html_(self) -> str:
        return html(self.table())
