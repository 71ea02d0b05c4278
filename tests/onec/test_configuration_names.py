"""Attributes that configurations ask for, against the attributes of releases, where the lists of them are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from onec_trade import UT_11

from billmanager_1c.onec import BP_3_0, Configuration, ContractNames


@pytest.mark.parametrize(
    ("configuration", "listing"),
    [(BP_3_0, "bp30.151.27-attributes.txt"), (UT_11, "ut11.5.8.254-attributes.txt")],
    ids=["БП 3.0", "УТ 11"],
)
def test_names_are_those_of_a_release(samples: Path, configuration: Configuration, listing: str) -> None:
    """Each is there, with the suffix that its type gives it."""
    known = dict(_listed(samples / "1c" / "derived" / listing))
    for names in configuration.documents.values():
        asked = {names.organization, names.counterparty, names.currency, names.amount, names.operation}
        asked |= {names.paid, names.paid_on, names.incoming_number, names.incoming_date, names.purpose}
        asked |= {names.contract}
        assert asked - {None} <= known[names.entity_set]
        if names.lines is not None:
            assert {names.line_contract, names.line_amount} <= known[f"{names.entity_set}_{names.lines}"]
    party = configuration.counterparties
    assert {party.inn, party.kpp, party.legal_status} <= known[party.entity_set]
    assert {party.entrepreneur} - {None} <= known[party.entity_set]
    assert {configuration.organizations.inn, configuration.organizations.kpp} <= known["Catalog_Организации"]
    assert ContractNames().entity_set in known


def _listed(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield the sets and tabular parts of a list, with the OData names of their attributes."""
    name, part, fields = "", "", set[str]()
    for line in path.read_text("utf-8-sig").splitlines():
        if line.startswith(("Document ", "Catalog ")):
            kind, title = line.split()[:2]
            name, fields = f"{kind}_{title}", set()
            yield name, fields
        elif part_name := re.match(r"\s*\[TS\]\s*(\w+)", line):
            part, fields = part_name[1], set()
            yield f"{name}_{part}", fields
        elif " : " in line:
            attribute, _, types = line.strip().partition(" : ")
            is_one = re.match(r"(Catalog|Document)Ref\.\S+\Z", types.strip())
            fields.add(f"{attribute}_Key" if is_one else attribute)
