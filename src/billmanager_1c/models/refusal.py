"""Why a line, or a whole document, is not exported: the closed list of codes (protocol.md §4, I10)."""

from __future__ import annotations

import enum
from typing import Literal


class QuarantineCode(enum.StrEnum):
    """The reasons for a quarantine. A code is added only together with its sentence."""

    SUM_MISMATCH = "sum_mismatch"
    BAD_AMOUNT = "bad_amount"
    CURRENCY_MISMATCH = "currency_mismatch"
    NO_CONTRACT = "no_contract"
    NO_SUBACCOUNT = "no_subaccount"
    SUBACCOUNT_CLOSED = "subaccount_closed"
    NO_COMPANY = "no_company"
    COMPANY_AMBIGUOUS = "company_ambiguous"
    NO_PAYER = "no_payer"
    PAYER_INACTIVE = "payer_inactive"
    NO_METHOD = "no_method"
    REJECTED = "rejected"
    CANCEL_REFUSED = "cancel_refused"
    POSSIBLE_TWIN = "possible_twin"
    DUPLICATE = "duplicate"
    REMOTE_MISSING = "remote_missing"
    REMOTE_CHANGED = "remote_changed"

    @property
    def sentence(self) -> str:
        """What is the matter and what to do, for a person who has only the code."""
        return _SENTENCES[self]

    @property
    def waits_for(self) -> Literal["data", "person"]:
        """``data``: resolved afresh each run, by itself. ``person``: nothing moves until somebody decides (§5)."""
        return "data" if self in _WAIT_FOR_DATA else "person"


_WAIT_FOR_DATA = frozenset(
    {
        QuarantineCode.NO_CONTRACT,
        QuarantineCode.NO_SUBACCOUNT,
        QuarantineCode.SUBACCOUNT_CLOSED,
        QuarantineCode.NO_COMPANY,
        QuarantineCode.COMPANY_AMBIGUOUS,
        QuarantineCode.NO_PAYER,
        QuarantineCode.PAYER_INACTIVE,
        QuarantineCode.NO_METHOD,
        QuarantineCode.REJECTED,
    }
)

_SENTENCES = {
    QuarantineCode.SUM_MISMATCH: "The lines do not add up to the document's amount; correct the document in 1C.",
    QuarantineCode.BAD_AMOUNT: "An amount is zero, negative or finer than a hundredth; correct the document in 1C.",
    QuarantineCode.CURRENCY_MISMATCH: (
        "The document's currency is not the subaccount's; correct the contract or the document in 1C."
    ),
    QuarantineCode.NO_CONTRACT: "A line names no contract; fill it in in 1C.",
    QuarantineCode.NO_SUBACCOUNT: "The contract names no subaccount; fill it in in 1C or call bind().",
    QuarantineCode.SUBACCOUNT_CLOSED: "The contract's subaccount is closed; name another one in the contract.",
    QuarantineCode.NO_COMPANY: "No company in BILLmanager has the organisation's INN; enter it in the company.",
    QuarantineCode.COMPANY_AMBIGUOUS: (
        "Several companies in BILLmanager have the organisation's INN; make their KPP tell them apart."
    ),
    QuarantineCode.NO_PAYER: "The client has no payer to take; add or activate one in BILLmanager.",
    QuarantineCode.PAYER_INACTIVE: "The payer that corresponds to the counterparty is inactive; activate it.",
    QuarantineCode.NO_METHOD: "No payment method fits; set one up in BILLmanager or change method_names.",
    QuarantineCode.REJECTED: "BILLmanager refused the payment; mend the cause that it names; each run tries again.",
    QuarantineCode.CANCEL_REFUSED: (
        "BILLmanager does not take the money back, perhaps because it is spent; settle it with the client by hand."
    ),
    QuarantineCode.POSSIBLE_TWIN: (
        "A payment like this one is already credited; find out whether it is the same money."
    ),
    QuarantineCode.DUPLICATE: "Two payments carry the mark of this line; cancel one in BILLmanager.",
    QuarantineCode.REMOTE_MISSING: (
        "Somebody deleted the payment in BILLmanager; it is not made again unasked. Settle it there by hand."
    ),
    QuarantineCode.REMOTE_CHANGED: (
        "Somebody changed the payment in BILLmanager; it is left alone. Settle it there by hand."
    ),
}
