"""What of a document goes into its version, as a row of 1C tells it in one way or another."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billmanager_1c.models import DocumentKind
from billmanager_1c.onec import UPP_1_3
from billmanager_1c.onec._stamps import version_of
from billmanager_1c.onec._values import Json, Row

NAMES = UPP_1_3.documents[DocumentKind.CASH_RECEIPT]
PLAIN: dict[str, Json] = {
    "Ref_Key": "00000000-0000-4000-8000-000000000001",
    "DataVersion": "AAAAAQAAAAE=",
    "Date": "2026-11-02T10:00:00",
    "Number": "000017",
    "DeletionMark": False,
    "Posted": True,
    NAMES.amount: Decimal("100.50"),
}


def version(**changes: Json) -> str:
    """Return the version of a document whose row says so."""
    return version_of(NAMES, Row({**PLAIN, **changes}, "row"))


@pytest.mark.parametrize(
    "changes",
    [
        {"Number": " 000017  "},
        {"DeletionMark": None},
        {NAMES.amount: Decimal("100.5")},
    ],
    ids=str,
)
def test_the_same_told_in_another_way_is_the_same(changes: dict[str, Json]) -> None:
    """“The same from a list, from a list by keys, and from the object itself”, with padding, ``null`` or zeros."""
    assert version(**changes) == version()


def test_zero_and_nothing_are_the_same() -> None:
    """“``null`` is the same as the type's empty value.”"""
    assert version(**{NAMES.amount: None}) == version(**{NAMES.amount: 0}) == version(**{NAMES.amount: Decimal("0.00")})


def test_document_without_a_token_has_no_version() -> None:
    """A version equals another only where 1C counts the writes: without that the document is read again."""
    assert version(DataVersion="") == version(DataVersion=None) == ""
