"""Records to JSON and back: nothing is lost, and money stays text."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.ledger import Attempt, DocumentRecord, Link, Target
from billmanager_1c.ledger.encoding import dumps, from_plain, loads, to_plain
from billmanager_1c.models import (
    Contract,
    Counterparty,
    DocumentKind,
    DocumentRef,
    Organization,
    PaymentDocument,
    PaymentLine,
)

_ZONES = st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=3)), dt.timezone(-dt.timedelta(hours=9, minutes=30))])
_TIMES = st.datetimes(timezones=_ZONES)
_MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=2)
_GUIDS = st.uuids().map(str)
_REFS = st.builds(DocumentRef, st.sampled_from(DocumentKind), _GUIDS)
_TARGETS = st.builds(Target, amount=_MONEY)
_PARTIES = {"id": _GUIDS, "name": st.text(), "inn": st.text(), "kpp": st.text()}
_LINES = st.builds(
    PaymentLine,
    contract=st.none() | st.builds(Contract, id=_GUIDS, subaccount_id=st.none() | st.integers()),
    amount=_MONEY,
)
_DOCUMENTS = st.builds(
    PaymentDocument,
    ref=_REFS,
    amount=_MONEY,
    lines=st.lists(_LINES, max_size=3).map(tuple),
    organization=st.none() | st.builds(Organization, **_PARTIES),
    counterparty=st.none() | st.builds(Counterparty, **_PARTIES, code=st.text(), is_person=st.booleans()),
)
_RECORDS = {
    Target: _TARGETS,
    Attempt: st.builds(Attempt, target=st.none() | _TARGETS, started_at=_TIMES, send_by=_TIMES, settle_after=_TIMES),
    Link: st.builds(
        Link,
        applied=st.none() | _TARGETS,
        history=st.lists(_TARGETS, max_size=3).map(tuple),
        written=st.none() | _TARGETS,
        next_attempt_at=st.none() | _TIMES,
        lease_until=st.none() | _TIMES,
        lingering_until=st.none() | _TIMES,
    ),
    PaymentDocument: _DOCUMENTS,
    DocumentRecord: st.builds(DocumentRecord, ref=_REFS, document=_DOCUMENTS, first_seen_at=_TIMES, changed_at=_TIMES),
}


@pytest.mark.property
@pytest.mark.parametrize("kind", _RECORDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_record_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    """A record, written as JSON and read again, equals itself, to the last place of its amounts."""
    record = data.draw(_RECORDS[kind])
    text = dumps(to_plain(record))
    again = from_plain(loads(text), kind)
    assert again == record
    assert dumps(to_plain(again)) == text


def test_plain_is_made_of_what_json_has() -> None:
    """Dictionaries, lists, text, numbers, truth and None; money and times are text."""
    target = Target(
        account_id=1,
        subaccount_id=2,
        provider_id=3,
        currency_id=4,
        payer_id=5,
        company_id=6,
        method_id=7,
        amount=Decimal("1000000.10"),
        paid_on=dt.date(2026, 11, 2),
        document_number="0017",
        document_date=dt.date(2026, 10, 31),
        description="Оплата",
        mark="",
    )
    plain = to_plain(Link(contract_id="c", history=(target,), lease_until=dt.datetime(2026, 11, 2, tzinfo=dt.UTC)))
    assert plain["history"][0]["amount"] == "1000000.10"
    assert plain["history"][0]["paid_on"] == "2026-11-02"
    assert plain["lease_until"] == "2026-11-02T00:00:00+00:00"
    assert json.loads(json.dumps(plain)) == plain


def test_text_is_the_same_for_the_same_value() -> None:
    """Keys are in a fixed order and letters are themselves, so that files can be compared and read."""
    assert dumps({"б": 1, "a": [None, True]}) == '{"a":[null,true],"б":1}'


def test_fields_of_a_later_version_are_filled_in_and_left_out() -> None:
    """What an earlier version wrote lacks fields, what a later one wrote has more: both are read."""
    plain = to_plain(Link(contract_id="c", failures=3))
    del plain["lingering_id"]
    assert from_plain({**plain, "invented_later": 1}, Link) == Link(contract_id="c", failures=3)


def test_record_without_what_it_must_have_is_refused() -> None:
    """A torn record is an error, never a record with holes."""
    plain = to_plain(Link(contract_id="c"))
    del plain["contract_id"]
    with pytest.raises(Exception, match="Link"):
        from_plain(plain, Link)
    assert attrs.fields(Link).contract_id.default is attrs.NOTHING
