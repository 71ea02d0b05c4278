"""The names of a configuration of 1C, in one value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from billmanager_1c.errors import UnknownConfiguration
from billmanager_1c.models import DocumentKind
from billmanager_1c.onec import BP_3_0, UPP_1_3, Configuration, configuration_named


@pytest.mark.parametrize(
    ("name", "configuration"),
    [
        *((name, UPP_1_3) for name in ("UPP_1_3", "upp_1_3", "UPP 1.3", "upp-1.3")),
        *((name, BP_3_0) for name in ("BP_3_0", "bp3.0")),
    ],
)
def test_found_by_name(name: str, configuration: Configuration) -> None:
    """As settings spell it, in any case and punctuation."""
    assert configuration_named(name) is configuration


@pytest.mark.parametrize("name", ["", "ZUP_3_1", "UPP"])
def test_an_unknown_one_lists_the_known(name: str) -> None:
    """The message says which there are, and what else can be done."""
    with pytest.raises(UnknownConfiguration, match=r"BP_3_0, UPP_1_3.*of your own"):
        configuration_named(name)


@pytest.mark.parametrize("configuration", [UPP_1_3, BP_3_0], ids=lambda each: each.name)
def test_every_kind_is_there(configuration: Configuration) -> None:
    """Each has all three documents, and each entity set leads back to its kind."""
    assert set(configuration.documents) == set(DocumentKind)
    for kind, names in configuration.documents.items():
        assert configuration.kind_of(names.entity_set) is kind
    assert configuration.kind_of("Document_РеализацияТоваровУслуг") is None


def test_it_cannot_be_changed_by_accident() -> None:
    """A Configuration is shared by all adapters of a process."""
    with pytest.raises(TypeError):
        UPP_1_3.documents[DocumentKind.CARD_PAYMENT] = None  # type: ignore[index]  # it must not work


def test_names_are_those_of_the_dump(samples: Path) -> None:
    """Every attribute that is asked for stands in the list of properties drawn from the dump of УПП 1.3."""
    listing = json.loads((samples / "1c" / "derived" / "upp13-odata-properties.DERIVED.json").read_text("utf-8"))
    for names in UPP_1_3.documents.values():
        known = _names(listing[names.entity_set])
        composite = f"{names.counterparty}_Type" if names.has_composite_counterparty else names.counterparty
        asked = {names.organization, names.counterparty, composite, names.currency, names.amount, names.operation}
        asked |= {names.paid, names.paid_on, names.incoming_number, names.incoming_date, names.purpose} - {None}
        assert asked <= known
        rows = {field[0] for field in listing[names.entity_set]["tabular"][names.lines]}
        assert {names.line_contract, names.line_amount} <= rows
    for names, fields in (
        (UPP_1_3.organizations, ("inn", "kpp")),
        (UPP_1_3.counterparties, ("inn", "kpp", "legal_status")),
    ):
        assert {getattr(names, field) for field in fields} <= _names(listing[names.entity_set])


def _names(listed: dict[str, list[list[str]]]) -> set[str]:
    return {field[0] for field in (*listed["standard"], *listed["attributes"])}
