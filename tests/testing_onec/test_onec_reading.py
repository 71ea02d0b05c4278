"""The wire contract of 1c-odata.md §9, rule by rule: reading."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import attrs
import httpx
import pytest

from billmanager_1c.testing.onec import ConstantShape, OneCSimulator, Switches

EMPTY = "00000000-0000-0000-0000-000000000000"
ORDERS = "Document_ПлатежноеПоручениеВходящее"
CASH = "Document_ПриходныйКассовыйОрдер"
CARDS = "Document_ОплатаОтПокупателяПлатежнойКартой"


class TestAuthentication:
    """§9.1: Basic authentication with UTF-8 credentials; none or bad ones: 401 with ``WWW-Authenticate: Basic``."""

    def test_none(self, onec: OneCSimulator, raw: Any) -> None:
        """No credentials: 401."""
        with httpx.Client(transport=onec) as anonymous:
            reply = anonymous.get(raw.root)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"].startswith("Basic ")

    def test_wrong_encoding(self, onec: OneCSimulator, raw: Any) -> None:
        """The same user in cp1251 is nobody."""
        auth = httpx.BasicAuth("Обмен".encode("cp1251"), "пароль".encode("cp1251"))
        with httpx.Client(transport=onec, auth=auth) as client:
            assert client.get(raw.root).status_code == 401

    def test_changed_password(self, onec: OneCSimulator, raw: Any) -> None:
        """A password that an administrator changed is refused from then on."""
        assert raw.get("").status_code == 200
        onec.change_password("другой")
        assert raw.get("").status_code == 401


def test_version_header(raw: Any, known: Any) -> None:
    """§9.2: every OData answer carries ``DataServiceVersion: 3.0``, errors too."""
    for resource in ("", ORDERS, f"{ORDERS}(guid'{known.order}')", "Catalog_Нет"):
        assert raw.get(resource).headers["dataserviceversion"] == "3.0"


@pytest.mark.usefixtures("known")
class TestRepresentation:
    """§9.3–4: Atom unless JSON is asked for by ``$format`` or ``Accept``."""

    def test_atom_is_the_default(self, raw: Any) -> None:
        """Neither ``$format`` nor ``Accept``: a feed with the values as text."""
        reply = raw.send("GET", CASH)
        assert reply.headers["content-type"] == "application/atom+xml;type=feed;charset=utf-8"
        feed = ElementTree.fromstring(reply.content)
        sums = feed.iter("{http://schemas.microsoft.com/ado/2007/08/dataservices}СуммаДокумента")
        assert [each.text for each in sums] == ["500"]

    def test_json_by_accept(self, raw: Any) -> None:
        """``Accept: application/json`` is as good as ``$format=json``."""
        reply = raw.send("GET", CASH, headers={"Accept": "application/json"})
        assert reply.headers["content-type"] == "application/json;odata=minimalmetadata;charset=utf-8"
        assert len(reply.json()["value"]) == 1

    def test_levels(self, raw: Any) -> None:
        """§1.4: ``nometadata`` drops ``odata.metadata`` and the links."""
        bare = raw.send("GET", f"{CASH}?$format=application/json;odata=nometadata").json()
        assert list(bare) == ["value"]
        assert not [name for name in bare["value"][0] if "@" in name]
        full = raw.send("GET", f"{CASH}?$format=application/json;odata=fullmetadata").json()
        assert full["value"][0]["odata.type"] == f"StandardODATA.{CASH}"

    def test_unknown(self, raw: Any) -> None:
        """Another representation: code 3."""
        assert b"<m:code>3</m:code>" in raw.send("GET", f"{CASH}?$format=csv").content


class TestService:
    """§9.5–6: the list of sets, and ``$metadata`` that is always XML."""

    def test_sets(self, raw: Any) -> None:
        """``GET /`` names the published sets."""
        names = {each["name"] for each in raw.get("").json()["value"]}
        assert {ORDERS, CASH, CARDS, "Catalog_Контрагенты", "Catalog_ЛицевыеСчетаВBILLmanager"} <= names

    def test_metadata(self, raw: Any) -> None:
        """EDMX with namespace ``StandardODATA``; types of composites stand behind the tabular parts."""
        reply = raw.get("$metadata")
        assert reply.headers["content-type"].startswith("application/xml")
        edm = "{http://schemas.microsoft.com/ado/2009/11/edm}"
        schema = next(ElementTree.fromstring(reply.content).iter(f"{edm}Schema"))
        assert schema.get("Namespace") == "StandardODATA"
        names = [each.get("Name") for each in schema.find(f"{edm}EntityType[@Name='{CASH}']").iter(f"{edm}Property")]
        assert names.index("РасшифровкаПлатежа") < names.index("Контрагент_Type")


class TestCollection:
    """§9.7: header properties in metadata order, ``X_Type`` right after ``X``, parts inline, links last."""

    def test_shape(self, raw: Any, known: Any) -> None:
        """A cash receipt, whose counterparty is composite."""
        (row,) = raw.rows(CASH)
        names = list(row)
        assert names[:6] == ["Ref_Key", "DataVersion", "Number", "Date", "DeletionMark", "Posted"]
        assert names[names.index("Контрагент") + 1] == "Контрагент_Type"
        assert row["Контрагент_Type"] == "StandardODATA.Catalog_Контрагенты"
        (line,) = row["РасшифровкаПлатежа"]
        assert list(line)[:2] == ["Ref_Key", "LineNumber"]
        assert line["Ref_Key"] == known.cash
        links = [place for place, name in enumerate(names) if name.endswith("@navigationLinkUrl")]
        assert links == list(range(links[0], len(names)))

    def test_no_link_of_an_empty_reference(self, raw: Any, known: Any) -> None:
        """``@navigationLinkUrl`` is omitted for empty references."""
        (row,) = raw.rows(CASH)
        assert row["Организация@navigationLinkUrl"] == f"{CASH}(guid'{known.cash}')/Организация"
        assert row["Касса_Key"] == EMPTY
        assert "Касса@navigationLinkUrl" not in row

    def test_rows_of_parts(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """§1.4: clients must not rely on ``Ref_Key`` in rows: a switch takes it away."""
        assert known.cash
        onec.switches = attrs.evolve(onec.switches, rows_have_ref_key=False)
        (row,) = raw.rows(CASH)
        assert "Ref_Key" not in row["РасшифровкаПлатежа"][0]


class TestSingle:
    """§9.8: ``/@Element``, properties in arbitrary order, rows without Ref_Key; missing: 404 code 9."""

    def test_shape(self, raw: Any, known: Any) -> None:
        """Two answers name the same properties in different orders; the links stay last."""
        one, two = (raw.get(f"{ORDERS}(guid'{known.order}')").json() for _ in range(2))
        assert one["odata.metadata"].endswith(f"/$metadata#{ORDERS}/@Element")
        assert one == two
        assert list(one) != list(two)
        assert [next(iter(line)) for line in one["РасшифровкаПлатежа"]] == ["LineNumber", "LineNumber"]
        assert list(one)[-1].endswith("@navigationLinkUrl")

    def test_named_key(self, raw: Any, known: Any) -> None:
        """``(Ref_Key=guid'…')`` is the same."""
        assert raw.get(f"{ORDERS}(Ref_Key=guid'{known.order}')").json()["Ref_Key"] == known.order

    def test_upper_case_guid(self, raw: Any, known: Any) -> None:
        """A GUID is found however it is written."""
        assert raw.get(f"{ORDERS}(guid'{known.order.upper()}')").json()["Ref_Key"] == known.order

    def test_missing(self, raw: Any) -> None:
        """No such key."""
        status, code, message = raw.error(f"{ORDERS}(guid'11111111-1111-4111-8111-111111111111')")
        assert (status, code) == (404, "9")
        assert "не найден" in message

    def test_bad_guid(self, raw: Any) -> None:
        """§9.12: a bad guid in a key: 400 code 1."""
        assert raw.error(f"{ORDERS}(guid'123')")[:2] == (400, "1")


def test_part_set(onec: OneCSimulator, raw: Any, known: Any) -> None:
    """§9.9: ``GET /Document_X_ТЧ`` gives rows with Ref_Key and LineNumber; their key has both."""
    rows = raw.rows(f"{CASH}_РасшифровкаПлатежа")
    assert [(row["Ref_Key"], row["LineNumber"]) for row in rows] == [(known.cash, "1")]
    line = raw.get(f"{CASH}_РасшифровкаПлатежа(Ref_Key=guid'{known.cash}',LineNumber=1)").json()
    assert line["СуммаПлатежа"] == 500


def test_navigation(raw: Any, known: Any) -> None:
    """§9.10: ``/Set(guid'…')/НавСвойство`` gives the single target; an empty reference has none."""
    target = raw.get(f"{ORDERS}(guid'{known.order}')/Контрагент").json()
    assert target["Ref_Key"] == known.counterparty
    assert target["odata.metadata"].endswith("#Catalog_Контрагенты/@Element")
    parent = f"Catalog_Контрагенты(guid'{known.counterparty}')/Parent"
    assert raw.error(parent)[:2] == (404, "9")


@pytest.mark.usefixtures("known")
class TestRefusals:
    """§9.11: what is unknown, and by which code it is refused."""

    @pytest.mark.parametrize(
        ("resource", "status", "code", "names"),
        [
            ("Catalog_Поставщики", 404, "8", "Catalog_Поставщики"),
            (f"{CASH}?$select=Ref_Key,Нет", 400, "6", "Нет"),
            (f"{CASH}?$select=РасшифровкаПлатежа/Нет", 400, "6", "Нет"),
            (f"{CASH}/Нечто", 400, "6", "лишние"),
            (f"{CASH}?$orderby=Нет", 400, "6", "Нет"),
            (f"{CASH}?$expan=Организация", 400, "0", "$expan"),
            (f"{CASH}?$top=много", 400, "14", "$top"),
            (f"{CASH}?$expand=РасшифровкаПлатежа", 400, "14", "$expand"),
        ],
    )
    def test_codes(self, raw: Any, resource: str, status: int, code: str, names: str) -> None:
        """Status, code, and a text that names the thing."""
        got = raw.error(resource)
        assert got[:2] == (status, code)
        assert names in got[2]

    def test_errors_begin_with_a_byte_order_mark(self, raw: Any) -> None:
        """§1.4: bodies sometimes begin with a BOM, errors among them."""
        assert raw.get("Catalog_Нет").content.startswith(b"\xef\xbb\xbf{")

    def test_error_in_xml(self, raw: Any) -> None:
        """§1.8: who did not ask for JSON gets ``m:error``."""
        body = raw.send("GET", "Catalog_Нет").content.decode("utf-8-sig")
        assert ElementTree.fromstring(body)[0].text == "8"


class TestValues:
    """§9.13–15: how values are written."""

    def test_numbers(self, raw: Any, known: Any) -> None:
        """Int64 is a string, Int16 and Double are numbers, a Double has no trailing zeros."""
        text = raw.get(f"{ORDERS}?$select=СуммаДокумента,РасшифровкаПлатежа").text
        assert '"СуммаДокумента":18026.52' in text
        assert '"СуммаПлатежа":15000,' in text
        assert '"LineNumber":"1"' in text
        assert '"КратностьВзаиморасчетов":"1"' in text
        item = raw.get(f"Catalog_Контрагенты(guid'{known.counterparty}')").json()
        assert item["СрокВыполненияЗаказаПоставщиком"] == 0

    def test_empty(self, raw: Any, known: Any) -> None:
        """An empty date, guid, enumeration and composite have their constants."""
        assert known.cash
        (row,) = raw.rows(CASH)
        assert row["Касса_Key"] == EMPTY
        assert row["СтавкаНДС"] == ""
        assert (row["ДокументОснование"], row["ДокументОснование_Type"]) == ("", "StandardODATA.Undefined")
        (contract, _) = raw.rows("Catalog_ДоговорыКонтрагентов")
        assert contract["Дата"] == "0001-01-01T00:00:00"

    def test_padding(self, onec: OneCSimulator, raw: Any) -> None:
        """Strings of fixed length are padded with spaces."""
        onec.add_subaccount_item(17)
        (item,) = raw.rows("Catalog_ЛицевыеСчетаВBILLmanager")
        assert item["Code"] == "17         "

    def test_unpublished_type(self) -> None:
        """A composite whose type is not published shows the GUID and a type that says nothing."""
        published = OneCSimulator(publish=[CASH])
        guid = published.add_counterparty("ООО Ромашка")
        organization = published.add_organization("ООО Хостинг")
        contract = published.add_contract(guid, organization)
        published.add_document("cash_receipt", lines=[(contract, 1)])
        auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
        with httpx.Client(transport=published, auth=auth) as client:
            root = f"{published.url}/odata/standard.odata"
            (row,) = client.get(f"{root}/{CASH}?$format=json").json()["value"]
            assert row["Контрагент"] == guid
            assert row["Контрагент_Type"].startswith("UnavailableEntities.UnavailableEntity_")
            assert row["Организация_Key"] == organization
            assert not [name for name in row if "@" in name]
            assert client.get(f"{root}/Catalog_Контрагенты?$format=json").status_code == 404


class TestSelectAndExpand:
    """§9.16 by §1.5: ``$select`` and ``$expand``."""

    def test_select(self, raw: Any, known: Any) -> None:
        """A list of properties, a field of a part, everything, everything but the parts."""
        assert known.cash
        (row,) = raw.rows(f"{CASH}?$select=Ref_Key, Date,РасшифровкаПлатежа/СуммаПлатежа")
        assert set(row) == {"Ref_Key", "Date", "РасшифровкаПлатежа"}
        assert set(row["РасшифровкаПлатежа"][0]) == {"Ref_Key", "СуммаПлатежа"}
        assert "РасшифровкаПлатежа" in raw.rows(f"{CASH}?$select=*")[0]
        (header,) = raw.rows(f"{CASH}?$select=**")
        assert "СуммаДокумента" in header
        assert "РасшифровкаПлатежа" not in header

    def test_presentation(self, raw: Any, known: Any) -> None:
        """§1.3: presentations only when they are named."""
        assert known.cash
        (row,) = raw.rows(f"{CASH}?$select=Presentation,Организация____Presentation")
        assert row["Организация____Presentation"] == "ООО Хостинг"
        assert row["Presentation"].startswith("Приходный кассовый ордер")
        assert row["Presentation"].endswith("от 03.11.2026 09:15:00")

    def test_expand(self, raw: Any, known: Any) -> None:
        """The target comes inside; what ``$select`` leaves out is silently not expanded."""
        assert known.order
        (row,) = raw.rows(f"{ORDERS}?$expand=Контрагент")
        assert row["Контрагент"]["ИНН"] == "7736050003"
        (row,) = raw.rows(f"{ORDERS}?$expand=Контрагент&$select=Ref_Key,Контрагент/ИНН")
        assert row == {"Ref_Key": known.order, "Контрагент": {"ИНН": "7736050003"}}
        (row,) = raw.rows(f"{ORDERS}?$expand=Контрагент&$select=Ref_Key")
        assert row == {"Ref_Key": known.order}

    def test_expand_everything(self, raw: Any, known: Any) -> None:
        """``$expand=*``: every reference that is published; an empty one is null."""
        assert known.order
        (row,) = raw.rows(f"{ORDERS}?$expand=*")
        assert row["Организация"]["КПП"] == "770701001"
        (item, *_) = raw.rows("Catalog_Контрагенты?$expand=Parent")
        assert item["Parent"] is None

    def test_expand_of_one(self, raw: Any, known: Any) -> None:
        """§9.21: ``$expand`` on a single entity is refused."""
        status, _, message = raw.error(f"{ORDERS}(guid'{known.order}')?$expand=Контрагент")
        assert status == 400
        assert message == "Опция $expand не поддерживается при запросе одиночных сущностей"


class TestOrderAndPaging:
    """§9.16–18: order, pages and counts."""

    @pytest.fixture
    def many(self, onec: OneCSimulator, known: Any) -> list[str]:
        """Thirty receipts on two days, the later ones first."""
        days = ["2026-11-05", "2026-11-04"]
        return [
            onec.add_document("card_payment", lines=[(known.contract, sum_)], date=days[sum_ % 2])
            for sum_ in range(1, 31)
        ]

    def test_shuffled(self, raw: Any, many: list[str]) -> None:
        """Without ``$orderby`` the order differs between two requests, and nobody is lost."""
        one, two = ([row["Ref_Key"] for row in raw.rows(CARDS)] for _ in range(2))
        assert one != two
        assert sorted(one) == sorted(two)
        assert set(many) < set(one)

    def test_ties_are_open(self, raw: Any, many: list[str]) -> None:
        """``$orderby=Date`` leaves the order within a day open."""
        one, two = ([row["Ref_Key"] for row in raw.rows(f"{CARDS}?$orderby=Date")] for _ in range(2))
        assert one != two
        assert set(many) < set(one)

    def test_ref_key_is_the_presentation(self, raw: Any, many: list[str]) -> None:
        """``$orderby=Ref_Key`` sorts by date and number, not by GUID."""
        rows = raw.rows(f"{CARDS}?$orderby=Ref_Key&$select=Ref_Key,Date,Number")
        shown = [(row["Date"], row["Number"]) for row in rows]
        assert shown == sorted(shown)
        assert [row["Ref_Key"] for row in rows] != sorted(many)

    def test_paths(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """``$orderby`` follows references; rows of a part are put in order by key and line."""
        other = onec.add_counterparty("ЗАО Астра")
        contract = onec.add_contract(other, known.organization)
        guid = onec.add_document("incoming_payment_order", lines=[(contract, 1), (contract, 2)], date="2026-11-01")
        rows = raw.rows(f"{ORDERS}?$orderby=Контрагент/Description desc&$select=Ref_Key")
        assert [row["Ref_Key"] for row in rows] == [known.order, guid]
        assert [row["Ref_Key"] for row in raw.rows(f"{ORDERS}?$orderby=Контрагент_Key")] == [guid, known.order]
        lines = raw.rows(f"{ORDERS}_РасшифровкаПлатежа?$orderby=Ref_Key,LineNumber desc")
        assert [(row["Ref_Key"], row["LineNumber"]) for row in lines] == [
            (guid, "2"),
            (guid, "1"),
            (known.order, "2"),
            (known.order, "1"),
        ]

    def test_skip_before_top(self, raw: Any, many: list[str]) -> None:
        """Pages of a stable order put together give the whole."""
        order = "$orderby=Date desc,Ref_Key&$select=Ref_Key"
        whole = [row["Ref_Key"] for row in raw.rows(f"{CARDS}?{order}")]
        pages = [raw.rows(f"{CARDS}?{order}&$top=7&$skip={skip}") for skip in range(0, 35, 7)]
        assert [row["Ref_Key"] for page in pages for row in page] == whole
        assert raw.rows(f"{CARDS}?$top=0") == []
        assert len(whole) == len(many) + 1

    def test_inline_count(self, onec: OneCSimulator, raw: Any, many: list[str]) -> None:
        """§1.10: the count is a string; whether it makes ``$top`` ignored is a switch."""
        reply = raw.get(f"{CARDS}?$inlinecount=allpages&$top=3").json()
        assert reply["odata.count"] == str(len(many) + 1)
        assert len(reply["value"]) == 3
        onec.switches = attrs.evolve(onec.switches, inlinecount_ignores_paging=True)
        assert len(raw.rows(f"{CARDS}?$inlinecount=allpages&$top=3")) == len(many) + 1

    def test_count(self, raw: Any, many: list[str]) -> None:
        """§9.32: ``/$count`` is a number behind a byte order mark."""
        reply = raw.get(f"{CARDS}/$count?$filter=Date ge datetime'2026-11-04T00:00:00'")
        assert reply.content == b"\xef\xbb\xbf" + str(len(many)).encode()

    def test_deterministic(self) -> None:
        """The same seed gives the same GUIDs and the same orders."""

        def answers(seed: int) -> bytes:
            simulator = OneCSimulator(seed=seed)
            organization = simulator.add_organization("ООО Хостинг")
            for name in "абвгд":
                simulator.add_contract(simulator.add_counterparty(name), organization)
            auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
            with httpx.Client(transport=simulator, auth=auth) as client:
                return client.get(f"{simulator.url}/odata/standard.odata/Catalog_Контрагенты?$format=json").content

        assert answers(1) == answers(1)
        assert answers(1) != answers(2)


class TestRights:
    """§9.22: a row hidden by rights spoils the answer with 401 code 20, unless ``allowedOnly=true``."""

    def test_rows(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """Hidden without a word, or refused."""
        hidden = onec.add_document("cash_receipt", lines=[(known.contract, 1)])
        onec.hide(hidden)
        assert raw.error(CASH)[:2] == (401, "20")
        assert [row["Ref_Key"] for row in raw.rows(f"{CASH}?allowedOnly=true")] == [known.cash]
        assert raw.rows(f"{CASH}?$filter=Ref_Key eq guid'{known.cash}'")
        assert raw.error(f"{CASH}(guid'{hidden}')")[:2] == (401, "20")

    def test_sets(self, onec: OneCSimulator, raw: Any) -> None:
        """A whole set that the user may not read."""
        onec.deny(CASH)
        assert raw.error(CASH)[:2] == (401, "20")
        onec.allow(CASH)
        assert raw.rows(CASH) == []


class TestWebServer:
    """§9.34: what stands in front of 1C refuses long URLs in HTML; §9.32: a plus is no space."""

    def test_long_query(self, raw: Any) -> None:
        """More than 2048 characters after the question mark: 404."""
        key = "Ref_Key eq guid'11111111-1111-4111-8111-111111111111'"
        reply = raw.get(f"{CASH}?$filter={' or '.join([key] * 40)}")
        assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")

    def test_long_segment(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """More than 260 characters in a segment: 400; a switch says whether they are counted before decoding."""
        rows, entity = f"{CARDS}_РасшифровкаПлатежа", f"{CARDS}(guid'{known.card}')"
        assert raw.get(rows).status_code == raw.get(entity).status_code == 200
        limits = attrs.evolve(onec.switches.limits, segment_encoded=True)
        onec.switches = attrs.evolve(onec.switches, limits=limits)
        assert raw.get(entity).status_code == 200
        reply = raw.get(rows)
        assert (reply.status_code, reply.headers["content-type"]) == (400, "text/html; charset=utf-8")
        onec.switches = attrs.evolve(onec.switches, limits=attrs.evolve(limits, segment_encoded=False, segment=40))
        assert raw.get(rows).status_code == 400

    def test_no_such_publication(self, onec: OneCSimulator) -> None:
        """Another path on the same server is a page of the web server."""
        with httpx.Client(transport=onec) as client:
            assert client.get("http://onec.test/other/odata/standard.odata/").status_code == 404

    def test_plus(self, raw: Any) -> None:
        """§1.5: ``+`` breaks ``$filter`` with 500."""
        assert raw.error(f"{CASH}?$filter=Posted+eq+true")[:2] == (500, "-1")


class TestModule:
    """design.md §7: the constant and the registers of ISPsystem's module."""

    def test_address(self, onec: OneCSimulator, raw: Any) -> None:
        """Empty, set, in the other shape, not installed."""
        name = "Constant_АдресСервераBILLmanager"
        assert raw.rows(name)[0]["Value"] == ""
        onec.set_module_address("https://billing.example/billmgr")
        assert raw.rows(name)[0]["Value"] == "https://billing.example/billmgr"
        onec.switches = attrs.evolve(onec.switches, constant_shape=ConstantShape.SINGLE)
        assert raw.get(name).json()["Value"] == "https://billing.example/billmgr"
        onec.set_module_address(None)
        assert raw.error(name)[:2] == (404, "8")
        assert raw.error("InformationRegister_КодыПлатежейВBILLmanager")[:2] == (404, "8")

    def test_registers(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """A switched-on module queues each written document; its codes of payments are text."""
        onec.set_module_address("https://billing.example/billmgr")
        onec.repost(known.cash)
        onec.add_module_payment(known.order, 812)
        (queued,) = raw.rows("InformationRegister_ДокументыКВыгрузкеВBILLmanager")
        assert queued == {"Документ": known.cash, "Документ_Type": f"StandardODATA.{CASH}"}
        (code,) = raw.rows("InformationRegister_КодыПлатежейВBILLmanager")
        assert (code["Документ"], code["КодПлатежа"]) == (known.order, "812")
        key = f"(Документ='{known.cash}',Документ_Type='StandardODATA.{CASH}')"
        register = f"InformationRegister_ДокументыКВыгрузкеВBILLmanager{key}"
        assert raw.send("DELETE", register).status_code == 204
        assert onec.queued == ()


def test_decimals_survive(onec: OneCSimulator, raw: Any, known: Any) -> None:
    """A sum comes to the last kopeck of fifteen digits."""
    amount = Decimal("9999999999999.99")
    guid = onec.add_document("card_payment", lines=[(known.contract, amount)])
    reply = raw.get(f"{CARDS}(guid'{guid}')")
    assert json.loads(reply.text, parse_float=Decimal)["СуммаДокумента"] == amount


def test_attribute_that_nobody_added() -> None:
    """A configuration without ISPsystem's attribute refuses to select it."""
    from billmanager_1c.testing.onec import UPP_1_3

    bare = OneCSimulator(schema=UPP_1_3.without("Catalog_ДоговорыКонтрагентов/ЛицевойСчетВBILLmanager"))
    auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
    with httpx.Client(transport=bare, auth=auth) as client:
        root = f"{bare.url}/odata/standard.odata/Catalog_ДоговорыКонтрагентов?$format=json"
        assert client.get(f"{root}&$select=ЛицевойСчетВBILLmanager_Key").status_code == 400
        assert client.get(root).status_code == 200


def test_not_built(raw: Any) -> None:
    """§9.32: ``$batch`` is 501."""
    assert raw.send("POST", "$batch").status_code == 501


def test_default_switches_refuse_writing() -> None:
    """The least convenient is the default."""
    assert Switches().read_only
    assert Switches().shuffle


def test_many_threads(onec: OneCSimulator, raw: Any, known: Any) -> None:
    """Readers and an accountant at once: every answer is whole, and nothing is lost."""
    from concurrent.futures import ThreadPoolExecutor

    def read(_: int) -> bool:
        guids = [row["Ref_Key"] for row in raw.rows(f"{CARDS}?$select=Ref_Key")]
        return known.card in guids and len(set(guids)) == len(guids)

    def write(amount: int) -> str:
        return onec.add_document("card_payment", lines=[(known.contract, amount)])

    with ThreadPoolExecutor(8) as pool:
        reads, writes = pool.map(read, range(40)), pool.map(write, range(1, 41))
        assert all(reads)
        added = set(writes)
    assert len(added) == 40
    assert added < {row["Ref_Key"] for row in raw.rows(CARDS)}
    assert len({onec.stored(guid)["Number"] for guid in added}) == 40
