"""A BILLmanager to test against.

Read ``_core`` first: a request in, an outcome out, faults on the way; then ``_manager``: what is done with a request
that got through. ``_access`` knows who asks, ``_catalogues`` and ``_lists`` the lists, ``_forms`` the forms of
reference data, ``_payments`` what is done with money, ``_state`` the books that always agree, ``_world`` and
``_people`` what a test builds and what people do, ``_http`` the wire.
"""

from __future__ import annotations

from ._core import BillManagerCore
from ._http import BillManagerSimulator
from ._installation import Installation
from ._records import Change, CreditEvent, PaymentRecord, SubaccountRecord
from ._request import Request
from ._state import Backup, LoggedRequest
from ._world import EUR, RUB

__all__ = [
    "EUR",
    "RUB",
    "Backup",
    "BillManagerCore",
    "BillManagerSimulator",
    "Change",
    "CreditEvent",
    "Installation",
    "LoggedRequest",
    "PaymentRecord",
    "Request",
    "SubaccountRecord",
]
