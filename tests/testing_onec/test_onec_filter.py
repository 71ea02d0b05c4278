"""``$filter`` by 1c-odata.md §1.6 and §9.19–20."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.testing.onec import OneCCore, OneCSimulator, Request

ORDERS = "Document_ПлатежноеПоручениеВходящее"
CASH = "Document_ПриходныйКассовыйОрдер"
CARDS = "Document_ОплатаОтПокупателяПлатежнойКартой"


@pytest.fixture
def items(onec: OneCSimulator) -> OneCSimulator:
    """A tree of counterparties."""
    folder = onec.add_folder("Покупатели")
    onec.add_counterparty("ООО Ромашка", code="А-1", inn="7736050003", folder=folder)
    onec.add_counterparty("Иванов О'Брайен", code="А-2", is_person=True, folder=folder)
    onec.add_counterparty("ООО Лютик", code="Б-1", inn="0012123456")
    return onec


def names(raw: Any, filter: str) -> list[str]:
    """Names of the counterparties that match."""
    return sorted(row["Description"] for row in raw.rows(f"Catalog_Контрагенты?$select=Description&$filter={filter}"))


@pytest.mark.usefixtures("items")
class TestStrings:
    """Strings are compared as a database compares them."""

    @pytest.mark.parametrize(
        ("filter", "found"),
        [
            ("ИНН eq '7736050003'", ["ООО Ромашка"]),
            ("Code eq 'А-1'", ["ООО Ромашка"]),
            ("Description eq 'Иванов О''Брайен'", ["Иванов О'Брайен"]),
            ("startswith(Description, 'ООО')", ["ООО Лютик", "ООО Ромашка"]),
            ("startswith(Description, 'ооо') eq true", ["ООО Лютик", "ООО Ромашка"]),
            ("endswith(Description,'тик')", ["ООО Лютик"]),
            ("substringof('маш', Description)", ["ООО Ромашка"]),
            ("like(Description, '%ют_к')", ["ООО Лютик"]),
            ("IsFolder eq true", ["Покупатели"]),
            ("IsFolder", ["Покупатели"]),
            ("not IsFolder and ЮрФизЛицо eq 'ФизЛицо'", ["Иванов О'Брайен"]),
            ("ИНН ne '' and (Code eq 'Б-1' or Code eq 'А-2')", ["ООО Лютик"]),
            ("Code eq 'Б-1' or Code eq 'А-1' and IsFolder", ["ООО Лютик"]),
            ("Parent/Description eq 'Покупатели'", ["Иванов О'Брайен", "ООО Ромашка"]),
        ],
    )
    def test_found(self, raw: Any, filter: str, found: list[str]) -> None:
        """Padding does not count, case does not, a doubled quote is a quote, ``and`` binds before ``or``."""
        assert names(raw, filter) == found


class TestReferences:
    """References to one type and to several."""

    def test_single(self, raw: Any, known: Any) -> None:
        """``X_Key eq guid'…'``, and a path through the reference."""
        key = f"Контрагент_Key eq guid'{known.counterparty}'"
        assert [row["Ref_Key"] for row in raw.rows(f"{ORDERS}?$filter={key}")] == [known.order]
        assert len(raw.rows(f"{ORDERS}?$filter=Контрагент/ИНН eq '7736050003'")) == 1
        assert raw.rows(f"{ORDERS}?$filter=Контрагент/ИНН eq '1'") == []

    def test_composite_needs_a_cast(self, raw: Any, known: Any) -> None:
        """§9.19: composite ``eq guid'…'`` without cast is always empty, with cast it finds."""
        assert raw.rows(f"{CASH}?$filter=Контрагент eq guid'{known.counterparty}'") == []
        found = f"Контрагент eq cast(guid'{known.counterparty}','Catalog_Контрагенты')"
        assert len(raw.rows(f"{CASH}?$filter={found}")) == 1
        other = f"Контрагент eq cast(guid'{known.counterparty}','Catalog_ФизическиеЛица')"
        assert raw.rows(f"{CASH}?$filter={other}") == []

    def test_composite_path(self, raw: Any, known: Any) -> None:
        """A path through a composite names the type."""
        assert known.cash
        assert len(raw.rows(f"{CASH}?$filter=Контрагент/Catalog_Контрагенты/ИНН eq '7736050003'")) == 1
        assert raw.error(f"{CASH}?$filter=Контрагент/ИНН eq '7736050003'")[0] == 400

    def test_no_paging_by_guid(self, raw: Any, known: Any) -> None:
        """§9.20: ``Ref_Key gt guid`` → 500 code −1."""
        status, code, message = raw.error(f"{ORDERS}?$filter=Ref_Key gt guid'{known.order}'")
        assert (status, code) == (500, "-1")
        assert message.startswith("{(3, 23)}: Неверные параметры в операции сравнения")

    def test_composite_of_a_line(self, raw: Any, known: Any) -> None:
        """A composite property of a row is compared with a cast, too."""
        assert known.order
        none = "cast(guid'11111111-1111-4111-8111-111111111111','Document_ЗаказПокупателя')"
        assert raw.rows(f"{ORDERS}?$filter=РасшифровкаПлатежа/any(d: d/Сделка eq {none})") == []
        assert len(raw.rows(f"{ORDERS}?$filter=РасшифровкаПлатежа/all(d: d/Сделка ne {none})")) == 1

    def test_lines(self, raw: Any, known: Any) -> None:
        """Lambdas look into tabular parts."""
        has = f"РасшифровкаПлатежа/any(d: d/ДоговорКонтрагента_Key eq guid'{known.other_contract}')"
        assert [row["Ref_Key"] for row in raw.rows(f"{ORDERS}?$filter={has}")] == [known.order]
        assert raw.rows(f"{ORDERS}?$filter=РасшифровкаПлатежа/all(d: d/СуммаПлатежа gt 10000)") == []


class TestNumbersAndDates:
    """Numbers, dates and their functions."""

    @pytest.mark.parametrize(
        ("filter", "count"),
        [
            ("Date ge datetime'2026-11-02T12:00:01' and Date lt datetime'2026-11-03T00:00:00'", 1),
            ("Date gt datetime'2026-11-02T12:00:01'", 0),
            ("СуммаДокумента eq 18026.52", 1),
            ("СуммаДокумента sub 26.52 eq 18000", 1),
            ("СуммаДокумента mul 2 lt 100 or СуммаДокумента div 2 lt 100", 0),
            ("year(Date) eq 2026 and month(Date) eq 11 and day(Date) eq 2 and hour(Date) eq 12", 1),
            ("dayofweek(Date) eq 1 and quarter(Date) eq 4", 1),
            ("round(СуммаДокумента, 1) eq 18026.5", 1),
            ("DeletionMark eq false and Posted", 1),
        ],
    )
    def test_counts(self, raw: Any, known: Any, filter: str, count: int) -> None:
        """How many payment orders match."""
        assert known.order
        assert len(raw.rows(f"{ORDERS}?$filter={filter}")) == count


@pytest.mark.usefixtures("known")
class TestRefusals:
    """What 1C does not understand."""

    @pytest.mark.parametrize(
        ("filter", "status", "code"),
        [
            ("startwith(Комментарий, 'x')", 400, "14"),
            ("СуммаДокумента eq", 400, "14"),
            ("(Posted eq true", 400, "14"),
            ("Posted EQ true", 400, "14"),
            ("Posted = true", 400, "14"),
            ("СуммаДокумента", 400, "14"),
            ("Number eq 'УПП", 400, "14"),
            ("Ref_Key eq guid'1'", 400, "1"),
            ("Date ge datetime'2026-11-02'", 400, "1"),
            ("Date ge datetime'26-11-02T00:00:00'", 400, "1"),
            ("Date ge datetime'2026-11-31T00:00:00'", 400, "1"),
            ("length(Number) eq 11", 400, "21"),
            ("tolower(Number) eq 'x'", 400, "21"),
            ("Нет eq 1", 400, "10"),
            ("Date ge '2026-11-02T00:00:00'", 500, "-1"),
            ("НазначениеПлатежа eq 'x'", 500, "-1"),
            ("СуммаДокумента div 0 eq 1", 500, "-1"),
            ("Posted add 1 eq 1", 500, "-1"),
            ("РасшифровкаПлатежа/some(d: d/СуммаПлатежа gt 1)", 400, "14"),
            ("Нечто/any(d: d/СуммаПлатежа gt 1)", 400, "10"),
            ("РасшифровкаПлатежа/any(d: d/Нет gt 1)", 400, "10"),
            ("startswith(Number)", 400, "14"),
            ("startswith(СуммаДокумента, 'x')", 400, "14"),
            ("Posted and СуммаДокумента", 400, "14"),
            ("not СуммаДокумента", 400, "14"),
            ("ДокументОснование eq cast(guid'11111111-1111-4111-8111-111111111111','Catalog_Нет')", 400, "14"),
        ],
    )
    def test_codes(self, raw: Any, filter: str, status: int, code: str) -> None:
        """§9.11–12: bad ``$filter`` → 400 code 14, bad literals code 1, what is not implemented code 21."""
        assert raw.error(f"{ORDERS}?$filter={filter}")[:2] == (status, code)

    def test_unknown_property_may_be_silence(self, onec: OneCSimulator, raw: Any) -> None:
        """§1.10: one client's author saw an empty answer instead of an error."""
        onec.switches = attrs.evolve(onec.switches, unknown_filter_property_is_error=False)
        assert raw.rows(f"{ORDERS}?$filter=Нет eq 1") == []


@pytest.fixture(scope="module")
def core() -> OneCCore:
    """The core alone, without httpx: a receipt on each of ninety days."""
    core = OneCCore()
    contract = core.add_contract(core.add_counterparty("ООО Ромашка"), core.add_organization("ООО Хостинг"))
    for day in range(90):
        core.add_document("cash_receipt", lines=[(contract, day + 1)], date=dt.date(2026, 9, 1) + dt.timedelta(day))
    return core


def ask(core: OneCCore, resource: str, query: str) -> Any:
    """Ask the core without httpx."""
    token = base64.b64encode("Обмен:пароль".encode()).decode()
    target = f"/upp/odata/standard.odata/{quote(resource, safe='/$')}?{query}"
    return core.respond(Request(target=target, headers={"authorization": f"Basic {token}"}))


@given(first=st.integers(-5, 95), days=st.integers(0, 100))
def test_windows(core: OneCCore, first: int, days: int) -> None:
    """A window of dates shows exactly the documents of these days, whatever it is."""
    start = dt.date(2026, 9, 1) + dt.timedelta(first)
    end = start + dt.timedelta(days)
    filter = quote(f"Date ge datetime'{start}T00:00:00' and Date lt datetime'{end}T00:00:00'")
    expected = len(set(range(90)) & set(range(first, first + days)))
    assert ask(core, f"{CASH}/$count", f"$filter={filter}").body.decode("utf-8-sig") == str(expected)


TEXT = (
    "Date Number Ref_Key Контрагент Posted СуммаДокумента РасшифровкаПлатежа/any ( ) ( ) , : d d/СуммаПлатежа eq ne gt "
    "and or not add div cast startswith round year true 0 1.5 'x' 'Catalog_Контрагенты' datetime'2026-01-01T00:00:00' "
    "guid'11111111-1111-4111-8111-111111111111' guid'1' '' + ' null"
)
WORDS = st.sampled_from(TEXT.split())


@given(words=st.lists(WORDS, max_size=12))
def test_no_filter_breaks_it(core: OneCCore, words: list[str]) -> None:
    """Whatever a client writes, it gets an answer or an error of OData, never a failure of the simulator."""
    reply = ask(core, CASH, f"$format=json&$select=Ref_Key&$filter={quote(' '.join(words))}")
    assert reply.status in (200, 400, 500)
    assert json.loads(reply.body.decode("utf-8-sig")).keys() & {"value", "odata.error"}
