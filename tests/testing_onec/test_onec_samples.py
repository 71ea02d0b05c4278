"""The shapes of the simulator against the samples, where the samples are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from billmanager_1c.testing.onec import UPP_1_3, OneCSimulator

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "1c"
EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"
OURS = {"ЛицевойСчетВBILLmanager_Key"}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="NOT tested against real replies: no ../shared/samples")


def _json(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8-sig"))


@pytest.mark.parametrize(
    "name", sorted(_json("derived/upp13-odata-properties.DERIVED.json") if SAMPLES.is_dir() else [])
)
def test_attributes(name: str) -> None:
    """Each property of the configuration is one of УПП's, of its type, in its order."""
    if name not in UPP_1_3.sets:
        pytest.skip("this set is not simulated")
    derived = _json("derived/upp13-odata-properties.DERIVED.json")[name]
    entity_set = UPP_1_3.sets[name]
    types = {each[0]: each[1] for each in [*derived["standard"], *derived["attributes"]]}
    ours = [each for each in entity_set.properties if each.name not in OURS]
    assert {each.name for each in ours} <= set(types)
    assert [each.name for each in ours if types[each.name] != each.type.edm] == []
    attributes = [each[0] for each in derived["attributes"]]
    places = [attributes.index(each.name) for each in ours if each.name in attributes and "_Type" not in each.name]
    assert places == sorted(places)
    for part, fields in entity_set.parts.items():
        known = {each[0]: each[1] for each in derived["tabular"][part]}
        assert [each.name for each in fields if known.get(each.name) != each.type.edm] == []


@pytest.mark.parametrize(
    "name", ["ПлатежноеПоручениеВходящее", "ПриходныйКассовыйОрдер", "ОплатаОтПокупателяПлатежнойКартой"]
)
def test_documents(raw: Any, known: Any, name: str) -> None:
    """A document looks as in the derived example: the same JSON type for each property that both have."""
    assert known.order
    (example,) = _json("derived/upp13-payments-example.DERIVED.json")[f"Document_{name}"]["value"]
    (row,) = raw.rows(f"Document_{name}")
    both = row.keys() & example.keys()
    assert {"Ref_Key", "Number", "СуммаДокумента", "РасшифровкаПлатежа"} <= both
    assert [each for each in both if _kind(row[each]) != _kind(example[each])] == []
    line, shown = row["РасшифровкаПлатежа"][0], example["РасшифровкаПлатежа"][0]
    assert list(line) == list(shown)
    assert [each for each in shown if _kind(line[each]) != _kind(shown[each])] == []


def _kind(value: object) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def test_single(raw: Any, known: Any) -> None:
    """A single entity looks as the recorded one: ``@Element``, no array, links at the end."""
    recorded = _json("odata-json/odinesnik-2017-Catalog_Контрагенты-single.json")
    ours = raw.get(f"Catalog_Контрагенты(guid'{known.counterparty}')").json()
    assert ours["odata.metadata"].rpartition("#")[2] == recorded["odata.metadata"].rpartition("#")[2]
    standard = {"Ref_Key", "DataVersion", "Predefined", "PredefinedDataName", "Description", "Code", "DeletionMark"}
    assert standard <= ours.keys() & recorded.keys()
    assert len(ours["DataVersion"]) == len(recorded["DataVersion"])


def test_atom(raw: Any, known: Any) -> None:
    """An entry has the elements of the recorded one."""
    text = (SAMPLES / "odata-json" / "odinesnik-2017-Catalog_Контрагенты-single.atom.xml").read_text("utf-8")
    recorded = ElementTree.fromstring(text)
    ours = ElementTree.fromstring(raw.send("GET", f"Catalog_Контрагенты(guid'{known.counterparty}')").content)
    assert ours.tag == recorded.tag
    assert {each.tag for each in recorded} <= {each.tag for each in ours} | {"{http://www.w3.org/2005/Atom}link"}


def test_metadata(onec: OneCSimulator, raw: Any) -> None:
    """``$metadata`` has the skeleton of the recorded one: one schema, a container, sets, types with keys."""
    assert onec.requests == ()
    recorded = ElementTree.parse(SAMPLES / "odata-recorded" / "msg001_metadata.xml").getroot()
    ours = ElementTree.fromstring(raw.get("$metadata").content)
    for root in (recorded, ours):
        (schema,) = root.iter(f"{EDM}Schema")
        assert schema.get("Namespace") == "StandardODATA"
        (container,) = schema.iter(f"{EDM}EntityContainer")
        assert container.get("Name") == "EnterpriseV8"
    kinds = {each.tag for each in ours.iter()}
    assert kinds <= {each.tag for each in recorded.iter()}
