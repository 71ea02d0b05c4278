"""References and dates of 1C documents."""

import datetime as dt
import pickle
import uuid
from decimal import Decimal

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billmanager_1c.models import Contract, DocumentKind, DocumentRef, PaymentDocument, QuarantineCode, guid

GUID = "ab0cd1ef-2345-6789-abcd-ef0123456789"


@given(st.uuids(), st.sampled_from(DocumentKind))
def test_one_document_one_reference(key: uuid.UUID, kind: DocumentKind) -> None:
    """However a GUID is written, the reference is the same value and prints the same text."""
    spellings: list[uuid.UUID | str] = [key, str(key), str(key).upper(), f" {key}\n", f"{{{key}}}", key.hex]
    refs = {DocumentRef(kind, spelling) for spelling in spellings}
    assert refs == {DocumentRef(kind.value, str(key))}
    (ref,) = refs
    assert str(ref) == f"{kind.value}:{key}"
    assert pickle.loads(pickle.dumps(ref)) == ref


@given(st.text(max_size=40) | st.text("0aF-_:{}٣", min_size=32, max_size=38))
@example("0000000000000000000000000000000:")
def test_guid_or_value_error(text: str) -> None:
    """A text is a GUID or a ``ValueError`` that says so; the GUID is always in lower case with hyphens."""
    try:
        assert guid(text) == str(uuid.UUID(text.strip()))
    except ValueError:
        with pytest.raises(ValueError, match="not a GUID"):
            DocumentRef(DocumentKind.CARD_PAYMENT, text)


@pytest.mark.parametrize("digits", ["1_" * 15 + "11", "٣" * 32, "+" + "0" * 31, "0x" + "0" * 30])
def test_only_hexadecimal_digits_make_a_guid(digits: str) -> None:
    """What Python alone would read as a number is no GUID: it would be a document that nobody has."""
    with pytest.raises(ValueError, match="not a GUID"):
        guid(digits)


def test_kind_is_part_of_the_reference() -> None:
    """One GUID in two kinds is two documents, and an unknown kind is refused."""
    assert len({DocumentRef(kind, GUID) for kind in DocumentKind}) == 3
    with pytest.raises(ValueError, match="invoice"):
        DocumentRef("invoice", GUID)


def test_reference_is_frozen() -> None:
    """A reference is a value: it cannot be changed."""
    ref = DocumentRef(DocumentKind.CARD_PAYMENT, GUID)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ref.id = "x"  # type: ignore[misc, assignment]  # forbidden on purpose


@pytest.mark.parametrize(("value", "expected"), [("18", 18), (17, 17), ("", None), (None, None), ("0019", 19)])
def test_contract_subaccount(value: int | str | None, expected: int | None) -> None:
    """The code of the catalogue item is the subaccount's id; an empty one is none."""
    assert Contract(id=GUID, subaccount_id=value).subaccount_id == expected


@pytest.mark.parametrize(("paid_on", "expected"), [(None, dt.date(2026, 11, 30)), (dt.date(2026, 12, 1),) * 2])
def test_payment_date(paid_on: dt.date | None, expected: dt.date) -> None:
    """“The payment date is ``ДатаОплаты`` where the kind has it, else the document's date.”"""
    document = PaymentDocument(
        ref=DocumentRef(DocumentKind.INCOMING_PAYMENT_ORDER, GUID),
        version="1",
        number="00001",
        date=dt.date(2026, 11, 30),
        posted=True,
        amount=Decimal("1.00"),
        paid_on=paid_on,
    )
    assert document.payment_date == expected


def test_quarantine_codes() -> None:
    """protocol.md I10: the list is closed, each code has its own sentence, and §5 says who is waited for."""
    assert [code.value for code in QuarantineCode] == [
        "sum_mismatch",
        "bad_amount",
        "currency_mismatch",
        "no_contract",
        "no_subaccount",
        "subaccount_closed",
        "no_company",
        "company_ambiguous",
        "no_payer",
        "payer_inactive",
        "no_method",
        "rejected",
        "cancel_refused",
        "possible_twin",
        "duplicate",
        "remote_missing",
        "remote_changed",
    ]
    sentences = {code.sentence for code in QuarantineCode}
    assert len(sentences) == len(QuarantineCode)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert {code.value for code in QuarantineCode if code.waits_for == "data"} == {
        "no_contract",
        "no_subaccount",
        "subaccount_closed",
        "no_company",
        "company_ambiguous",
        "no_payer",
        "payer_inactive",
        "no_method",
        "rejected",
    }
