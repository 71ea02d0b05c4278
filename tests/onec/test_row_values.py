"""Values of a row that decide whether there is money: flags, and the fields of a message of an exchange plan."""

from __future__ import annotations

import pytest

from billmanager_1c.errors import BadReply
from billmanager_1c.onec._feed import read_message
from billmanager_1c.onec._values import Json, Row
from billmanager_1c.transport import WireReply


@pytest.mark.parametrize(
    ("told", "flag"),
    [(True, True), (False, False), (None, False), ("true", True), ("false", False), (" False ", False)],
)
def test_flag(told: Json, *, flag: bool) -> None:
    """“``null`` is the same as the type's empty value”, and a word is no truth by being there."""
    assert Row({"Posted": told}, "row").flag("Posted") is flag


@pytest.mark.parametrize("told", ["", "да", 1, []])
def test_what_is_no_flag(told: Json) -> None:
    """Whether a document is posted is never guessed."""
    with pytest.raises(BadReply, match="Posted"):
        Row({"Posted": told}, "row").flag("Posted")


def test_objects_of_a_message_share_nothing() -> None:
    """A row without a date has none: the one before it had another."""
    key = "00000000-0000-4000-8000-00000000000"
    entries = "".join(
        f"<entry><id>http://1c/odata/Document_ПриходныйКассовыйОрдер(guid'{key}{number}')</id>"
        f'<content><m:properties xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
        f'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices">{said}</m:properties></content></entry>'
        for number, said in ((1, "<d:Date>2026-11-02T10:00:00</d:Date>"), (2, ""))
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()
    first, second = read_message(WireReply(status=200, body=body), "SelectChanges")
    assert (first.row.own_key()[-1], second.row.own_key()[-1]) == ("1", "2")
    assert "Date" in first.row
    assert "Date" not in second.row
