"""An adapter that reads bank statements instead of 1C: the code of the tutorial "Writing an adapter"."""

from .adapter import BankStatementAdapter
from .receipts import NotACustomer, Receipt
from .refusal import StatementRefused
from .sections import Section
from .statement import Balance, Statement, read_statement

__all__ = [
    "Balance",
    "BankStatementAdapter",
    "NotACustomer",
    "Receipt",
    "Section",
    "Statement",
    "StatementRefused",
    "read_statement",
]
