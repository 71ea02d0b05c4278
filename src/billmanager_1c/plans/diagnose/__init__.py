"""Diagnosis: every assumption about a BILLmanager, and about 1C, put to the live system by reading alone.

``_connection`` asks whether we are let in, ``_lists`` what can be listed, ``_columns``, ``_fields``, ``_filters`` and
``_functions`` what things are called here, ``_reference`` whether a payment would find its company, method and payer,
``_onec`` whether documents of 1C would. What is found to differ is used by the checks that come after it.
"""

from __future__ import annotations

from ...matching import METHOD_NAMES, MethodNames
from ...reports import Diagnosis
from ..effects import Plan
from ._asking import AskLead, Inspect, Spoken
from ._columns import check_columns
from ._connection import check_connection
from ._fields import check_forms
from ._filters import check_filters
from ._functions import check_functions
from ._lists import check_caps, survey
from ._notes import ClientFacts, Notes
from ._onec import check_onec
from ._reference import Books, check_reference

__all__ = ["AskLead", "ClientFacts", "Inspect", "Spoken", "diagnose"]


def diagnose(facts: ClientFacts, *, has_onec: bool, method_names: MethodNames = METHOD_NAMES) -> Plan[Diagnosis]:
    """Check everything that can be seen; what cannot is said to be unknown."""
    notes = Notes(facts)
    books = Books()
    if (yield from check_connection(notes)):
        yield from survey(notes)
        check_columns(notes)
        yield from check_forms(notes)
        yield from check_filters(notes)
        yield from check_functions(notes)
        yield from check_caps(notes)
        books = yield from check_reference(notes, method_names)
    if has_onec:
        yield from check_onec(notes, books)
    return notes.diagnosis()
