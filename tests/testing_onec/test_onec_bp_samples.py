"""The shapes of «Бухгалтерия предприятия» 3.0 against the attributes of a release of it, where they are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from billmanager_1c.testing.onec import BP_3_0, OneCSimulator
from billmanager_1c.testing.onec._schema import Property

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared/samples/1c/derived/bp30.151.27-attributes.txt"
OURS = {"ЛицевойСчетВBILLmanager_Key"}
STANDARD = {
    *("Ref_Key", "DataVersion", "Number", "Date", "DeletionMark", "Posted", "LineNumber"),
    *("Predefined", "PredefinedDataName", "Owner_Key", "Parent_Key", "IsFolder", "Code", "Description"),
}
_SIMPLE = {"boolean": "Edm.Boolean", "dateTime": "Edm.DateTime", "string": "Edm.String"}

pytestmark = pytest.mark.skipif(not SAMPLE.is_file(), reason="NOT tested against real replies: no ../shared/samples")


def _listed() -> dict[str, dict[str, dict[str, str]]]:
    """Return the attributes by set and part (none for the header): OData name and type."""
    listed: dict[str, dict[str, dict[str, str]]] = {}
    fields: dict[str, str] = {}
    name = ""
    for line in SAMPLE.read_text("utf-8-sig").splitlines():
        if line.startswith(("Document ", "Catalog ")):
            kind, title = line.split()[:2]
            name = f"{kind}_{title}"
            fields = listed.setdefault(name, {}).setdefault("", {})
        elif line.strip().startswith("[TS]"):
            fields = listed[name].setdefault(line.split()[1], {})
        elif " : " in line:
            attribute, _, type = line.strip().partition(" : ")
            fields.update(_wire(attribute, type))
    return listed


def _wire(attribute: str, type: str) -> dict[str, str]:
    word = type.split(maxsplit=1)[0]
    if word in _SIMPLE:
        return {attribute: _SIMPLE[word]}
    if word == "decimal":
        digits, fraction = map(int, re.findall(r"Digits=(\d+)", type))
        whole = "Edm.Int16" if digits <= 3 else "Edm.Int64"
        return {attribute: "Edm.Double" if fraction else whole}
    targets = type.split()
    if word.startswith("EnumRef.") and len(targets) == 1:
        return {attribute: "Edm.String"}
    if len(targets) == 1 and not word.startswith("Characteristic."):
        return {f"{attribute}_Key": "Edm.Guid"}
    return {attribute: "Edm.String", f"{attribute}_Type": "Edm.String"}


def _strangers(properties: tuple[Property, ...], known: dict[str, str]) -> list[str]:
    ours = [each for each in properties if each.name not in STANDARD | OURS]
    return [each.name for each in ours if known.get(each.name) != each.type.edm]


@pytest.mark.parametrize("name", sorted(_listed()) if SAMPLE.is_file() else [])
def test_attributes(name: str) -> None:
    """Each property is one of the release's, of its type, in its order; so are those of the rows."""
    known, entity_set = _listed()[name], BP_3_0.sets[name]
    assert _strangers(entity_set.properties, known[""]) == []
    order = list(known[""])
    places = [order.index(each.name) for each in entity_set.properties if each.name in order]
    assert places == sorted(places)
    assert entity_set.parts.keys() <= known.keys()
    assert [_strangers(fields, known[part]) for part, fields in entity_set.parts.items() if part] == [[]] * len(
        entity_set.parts
    )


def test_who_may_pay(client_of: Any) -> None:
    """Every document has a composite counterparty, which says of what type it is; and none has a flag "paid"."""
    onec = OneCSimulator(schema="BP_3_0")
    organization = onec.add_organization("ООО Хостинг")
    contract = onec.add_contract(onec.add_counterparty("ООО Ромашка"), organization)
    for kind, shape in BP_3_0.documents.items():
        onec.add_document(kind, lines=[(contract, "100")])
        (row,) = client_of(onec).rows(shape.entity_set)
        assert row["Контрагент_Type"] == "StandardODATA.Catalog_Контрагенты"
        assert "Контрагент_Key" not in row
        assert "Оплачено" not in row
        assert row["Posted"] is True
