"""BILLmanager as values: operations, the codec that writes and reads them, and the dialect of an installation.

Nothing here does I/O; ``client`` sends what is made here. One family of functions stands in one file.
"""

from ._accounts import ListAccounts, ListSubaccounts, ReadAccount
from ._any_function import AnyFunction
from ._codec import BODY_LIMIT, SYSTEM, AuthInfo, Credentials, Language, Reply, Request, SessionId, decode, encode
from ._companies import ListCompanies, ListProviders, ReadCompany
from ._dialect import Dialect
from ._document import Document
from ._methods import ListCurrencies, ListPaymentMethods, ReadPaymentMethod
from ._operation import Call, Identified, Listing, Operation, Page
from ._paging import Walk, walk
from ._payers import ListPayers, ReadPayer
from ._payment_writes import (
    CancelPayment,
    CreatePayment,
    DeletePayment,
    EditPayment,
    SetPaid,
    UncreditPayment,
)
from ._payments import ListPayments, ReadPayment
from ._session import LogIn, LogOut, Whoami
from ._shape import FormField, ReadShape, Shape

__all__ = [
    "BODY_LIMIT",
    "SYSTEM",
    "AnyFunction",
    "AuthInfo",
    "Call",
    "CancelPayment",
    "CreatePayment",
    "Credentials",
    "DeletePayment",
    "Dialect",
    "Document",
    "EditPayment",
    "FormField",
    "Identified",
    "Language",
    "ListAccounts",
    "ListCompanies",
    "ListCurrencies",
    "ListPayers",
    "ListPaymentMethods",
    "ListPayments",
    "ListProviders",
    "ListSubaccounts",
    "Listing",
    "LogIn",
    "LogOut",
    "Operation",
    "Page",
    "ReadAccount",
    "ReadCompany",
    "ReadPayer",
    "ReadPayment",
    "ReadPaymentMethod",
    "ReadShape",
    "Reply",
    "Request",
    "SessionId",
    "SetPaid",
    "Shape",
    "UncreditPayment",
    "Walk",
    "Whoami",
    "decode",
    "encode",
    "walk",
]
