"""The wire contract of 1c-odata.md §9, rule by rule: writing, versions, sessions, locks, faults; and the world."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import attrs
import httpx
import pytest

from billmanager_1c.models import OperationKind
from billmanager_1c.testing.onec import OneCSimulator, Switches, Versioning

ITEMS = "Catalog_ЛицевыеСчетаВBILLmanager"
CASH = "Document_ПриходныйКассовыйОрдер"
ORDERS = "Document_ПлатежноеПоручениеВходящее"
REGISTER = "InformationRegister_КодыПлатежейВBILLmanager"


def count_of(version: str) -> int:
    """What a token of the first mode counts."""
    return int.from_bytes(base64.b64decode(version), "big")


class TestCatalogue:
    """§9.26: POST → 201 + entity + Location; PATCH → 200 + entity; DELETE → 204; unknown props ignored."""

    def test_life(self, onec: OneCSimulator, raw: Any) -> None:
        """An item of the accounts catalogue, from its birth to its end."""
        made = raw.send("POST", f"{ITEMS}?$format=json", json={"Code": "17", "Description": "Ромашка", "Нет": 1})
        assert made.status_code == 201
        item = made.json()
        assert item["Code"] == "17         "
        assert item["Ref_Key"] in made.headers["location"]
        address = f"{ITEMS}(guid'{item['Ref_Key']}')"
        changed = raw.send("PATCH", f"{address}?$format=json", json={"Description": "Лютик"})
        assert (changed.status_code, changed.json()["Description"]) == (200, "Лютик")
        assert onec.subaccount_items() == {"17": "Лютик"}
        assert raw.send("DELETE", address).status_code == 204
        assert raw.error(address)[:2] == (404, "9")
        assert onec.violations == ()

    def test_silently_cut(self, raw: Any) -> None:
        """§1.7: over-long strings are silently truncated."""
        made = raw.send("POST", f"{ITEMS}?$format=json", json={"Code": "1" * 20, "Description": "я" * 200})
        assert made.json()["Code"] == "1" * 11
        assert made.json()["Description"] == "я" * 150

    def test_codes_are_not_unique(self, onec: OneCSimulator, raw: Any) -> None:
        """1C takes a second item with the same code through OData: the client has to look first."""
        onec.add_subaccount_item(17)
        assert raw.send("POST", ITEMS, json={"Code": "17"}).status_code == 201
        assert len(raw.rows(f"{ITEMS}?$filter=Code eq '17'")) == 2

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"{", 500, "-1"),
            (b"[]", 400, "2"),
            (b'{"Ref_Key": "17"}', 400, "1"),
            (b'{"DeletionMark": "true"}', 400, "1"),
        ],
    )
    def test_bad_bodies(self, raw: Any, body: bytes, status: int, code: str) -> None:
        """Broken JSON → 500 code −1, wrong Guid or Boolean → 400 code 1."""
        assert raw.refusal(raw.send("POST", f"{ITEMS}?$format=json", content=body))[:2] == (status, code)

    def test_wrong_methods(self, raw: Any) -> None:
        """A set cannot be patched or deleted."""
        assert raw.send("DELETE", ITEMS).status_code == 405
        assert raw.send("PATCH", ITEMS, json={}).status_code == 405


def test_register_key_is_unique(onec: OneCSimulator, raw: Any, known: Any) -> None:
    """§9.31: POST of the same dimensions → 400 code 15."""
    assert onec.violations == ()
    record = {"Документ": known.cash, "Документ_Type": f"StandardODATA.{CASH}", "КодПлатежа": "1"}
    assert raw.send("POST", f"{REGISTER}?$format=json", json=record).status_code == 201
    assert raw.refusal(raw.send("POST", f"{REGISTER}?$format=json", json=record))[:2] == (400, "15")


class TestDocuments:
    """§9.26, §9.29: documents from outside, where the user may."""

    def test_lines(self, raw: Any, known: Any) -> None:
        """``LineNumber`` must start at 1 (400), and must be there (500)."""
        line = {"ДоговорКонтрагента_Key": known.contract, "СуммаПлатежа": 5}
        for number, status in (({}, 500), ({"LineNumber": "2"}, 400), ({"LineNumber": "1"}, 201)):
            reply = raw.send("POST", f"{CASH}?$format=json", json={"РасшифровкаПлатежа": [{**number, **line}]})
            assert reply.status_code == status

    def test_composite_type(self, raw: Any, known: Any) -> None:
        """§1.3: a value with a type that the property cannot have → 400."""
        body = {"Контрагент": known.counterparty, "Контрагент_Type": "StandardODATA.Catalog_Валюты"}
        reply = raw.send("PATCH", f"{CASH}(guid'{known.cash}')?$format=json", json=body)
        assert raw.refusal(reply)[:2] == (400, "4")

    def test_posting(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """``/Post`` and ``/Unpost`` → 200 empty; GET does the same; both are noted."""
        address = f"{CASH}(guid'{known.cash}')"
        assert raw.send("POST", f"{address}/Unpost").content == b""
        assert onec.stored(known.cash)["Posted"] is False
        assert raw.send("GET", f"{address}/Post?PostingModeOperational=false").status_code == 200
        assert onec.stored(known.cash)["Posted"] is True
        assert onec.violations == (f"POST {address}/Unpost", f"GET {address}/Post")

    def test_marked(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """DeletionMark=true ⇒ Posted=false; a marked document cannot be posted."""
        onec.mark_deleted(known.cash)
        assert onec.stored(known.cash)["Posted"] is False
        reply = raw.send("POST", f"{CASH}(guid'{known.cash}')/Post?$format=json")
        assert raw.refusal(reply)[:2] == (500, "-1")

    def test_posting_rule(self, raw: Any, onec: OneCSimulator, known: Any) -> None:
        """§3.1: neither paid nor reflected: no rule of posting is chosen, 500 code −1."""
        onec.change_document(known.order, paid=False, attributes={"ОтраженоВОперУчете": False})
        status, code, message = raw.refusal(raw.send("POST", f"{ORDERS}(guid'{known.order}')/Post?$format=json"))
        assert (status, code) == (500, "-1")
        assert "правило проведения" in message

    @pytest.mark.parametrize("tail", ["", "/Unpost"])
    @pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST", "GET"])
    def test_read_only(self, onec: OneCSimulator, raw: Any, known: Any, method: str, tail: str) -> None:
        """The default: documents cannot be written, and who tries is noted."""
        onec.switches = Switches()
        before = onec.stored(known.cash)
        if (method, tail) == ("GET", ""):
            assert raw.get(f"{CASH}(guid'{known.cash}')").status_code == 200
            assert onec.violations == ()
            return
        reply = raw.send(method, f"{CASH}(guid'{known.cash}'){tail}?$format=json", json={})
        assert raw.refusal(reply)[:2] == (401, "20")
        assert onec.violations == (f"{method} {CASH}(guid'{known.cash}'){tail}",)
        assert onec.stored(known.cash) == before

    def test_if_match(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """§9.27: ``If-Match`` is ignored by default; a switch makes a stale one 412."""
        address, stale = f"{CASH}(guid'{known.cash}')", {"If-Match": "AAAAAAAAAAA="}
        assert raw.send("PATCH", address, json={}, headers=stale).status_code == 200
        onec.switches = attrs.evolve(onec.switches, enforce_if_match=True)
        assert raw.send("PATCH", address, json={}, headers=stale).status_code == 412


def test_bind(onec: OneCSimulator, raw: Any, known: Any) -> None:
    """§1.7: PUT takes ``X@odata.bind`` for a reference."""
    item = onec.add_subaccount_item(55)
    body = {"ЛицевойСчетВBILLmanager@odata.bind": f"{ITEMS}(guid'{item}')"}
    assert raw.send("PUT", f"Catalog_ДоговорыКонтрагентов(guid'{known.contract}')", json=body).status_code == 200
    assert onec.stored(known.contract)["ЛицевойСчетВBILLmanager_Key"] == item


def test_codes_and_numbers_are_given(raw: Any) -> None:
    """A new object gets the next code or number, and a document the present as its date."""
    made = raw.send("POST", f"{CASH}?$format=json", json={}).json()
    assert made["Number"] == "00000000001"
    assert made["Date"].startswith("20")
    assert made["Posted"] is False


class TestVersions:
    """§9.28: DataVersion: 8 bytes base64; +1 on every write, in one of three ways."""

    def test_per_object(self, onec: OneCSimulator, known: Any) -> None:
        """Mode A, the default: each object counts its own writes, no-op writes too."""
        assert count_of(str(onec.stored(known.cash)["DataVersion"])) == 1
        onec.repost(known.cash)
        onec.repost(known.cash)
        assert count_of(str(onec.stored(known.cash)["DataVersion"])) == 3
        assert count_of(str(onec.stored(known.order)["DataVersion"])) == 1

    @pytest.mark.parametrize("versioning", [Versioning.PER_TABLE, Versioning.DATABASE])
    def test_shared_counters(self, versioning: Versioning) -> None:
        """Modes B and C: no two writes of a table get one token; B counts in the upper half."""
        onec = OneCSimulator(switches=Switches(versioning=versioning))
        items = [onec.add_counterparty(name) for name in "абв"]
        tokens = [str(onec.stored(item)["DataVersion"]) for item in items]
        assert len(set(tokens)) == 3
        in_upper_half = [base64.b64decode(token)[4:] == bytes(4) for token in tokens]
        assert all(in_upper_half) == (versioning is Versioning.PER_TABLE)


class TestSessions:
    """§9.24–25: sessions, licences and the header ``IBSession``."""

    def test_life(self, onec: OneCSimulator, raw: Any) -> None:
        """``start`` gives a cookie, ``finish`` closes the session, the cookie is stale then: 404."""
        started = raw.get("", headers={"IBSession": "start"})
        cookie = started.headers["set-cookie"].partition(";")[0]
        assert cookie.startswith("ibsession=")
        assert onec.open_sessions == 1
        raw.client.cookies.clear()
        inside = {"Cookie": cookie}
        assert raw.get("", headers=inside).status_code == 200
        assert raw.get("", headers={**inside, "IBSession": "finish"}).status_code == 200
        assert onec.open_sessions == 0
        assert raw.get("", headers=inside).status_code == 404

    def test_licences(self, onec: OneCSimulator, raw: Any) -> None:
        """An open session holds its licence: who has none left gets 406."""
        onec.switches = attrs.evolve(onec.switches, max_sessions=1)
        raw.get("", headers={"IBSession": "start"})
        assert raw.get("").status_code == 200
        raw.client.cookies.clear()
        assert raw.get("").status_code == 406
        onec.end_sessions()
        assert raw.get("").status_code == 200

    def test_idle(self) -> None:
        """A session that was idle too long is gone."""
        now = [dt.datetime(2026, 11, 24, tzinfo=dt.UTC)]
        onec = OneCSimulator(clock=lambda: now[0])
        auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
        with httpx.Client(transport=onec, auth=auth) as client:
            root = f"{onec.url}/odata/standard.odata/"
            client.get(root, headers={"IBSession": "start"})
            now[0] += dt.timedelta(seconds=19)
            assert client.get(root).status_code == 200
            now[0] += dt.timedelta(seconds=21)
            assert client.get(root).status_code == 404

    def test_publication_without_reuse(self, onec: OneCSimulator, raw: Any) -> None:
        """One publication ignored the header: no cookie."""
        onec.switches = attrs.evolve(onec.switches, session_header=False)
        assert "set-cookie" not in raw.get("", headers={"IBSession": "start"}).headers


def test_locked(onec: OneCSimulator, raw: Any) -> None:
    """§9.23: locked base → 403 + BOM + platform-exception JSON."""
    onec.lock("Обновление до полуночи")
    reply = raw.get(CASH)
    assert reply.status_code == 403
    assert reply.content.startswith(b"\xef\xbb\xbf{")
    assert "Начало сеанса с информационной базой запрещено." in reply.content.decode("utf-8-sig")
    assert "Обновление до полуночи" in reply.text
    onec.unlock()
    assert raw.get(CASH).status_code == 200


class TestFaults:
    """Faults by name, for the set they are armed for."""

    @pytest.mark.parametrize(
        ("fault", "status", "start"),
        [
            ("onec_locked", 403, b"\xef\xbb\xbf{"),
            ("onec_500", 500, b"<!DOCTYPE HTML"),
            ("onec_no_session", 406, b"<!DOCTYPE html"),
            ("onec_unauthorized", 401, b"<!DOCTYPE html"),
            ("onec_html", 200, b"<!DOCTYPE html"),
            ("onec_truncated", 200, b'{"odata.metadata"'),
            ("onec_empty_list", 200, b'{"odata.metadata"'),
            ("proxy_502_before", 502, b"<!DOCTYPE html"),
            ("empty_200", 200, b""),
        ],
    )
    def test_answers(self, onec: OneCSimulator, raw: Any, known: Any, fault: str, status: int, start: bytes) -> None:
        """It happens once, to the set it is for, and is counted."""
        assert known.cash
        whole = len(raw.get(CASH).content)
        onec.faults.arm(fault, where=CASH)
        assert raw.get(ORDERS).status_code == 200
        reply = raw.get(CASH)
        assert reply.status_code == status
        assert reply.content.startswith(start)
        assert len(reply.content) < whole
        assert onec.faults.hits[fault] == 1
        assert len(raw.get(CASH).content) == whole

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ("timeout_before_commit", httpx.ReadTimeout),
            ("lost_answer", httpx.ReadTimeout),
            ("onec_slow", httpx.ReadTimeout),
            ("reset", httpx.ReadError),
            ("reset_after_headers", httpx.ReadError),
            ("down", httpx.ConnectError),
        ],
    )
    def test_no_answer(self, onec: OneCSimulator, raw: Any, fault: str, error: type[Exception]) -> None:
        """What no status can say is what httpx raises for it."""
        onec.faults.arm(fault)
        with pytest.raises(error):
            raw.get(CASH)

    def test_latency(self, raw: Any, onec: OneCSimulator) -> None:
        """§9.33: the first call after idle is slow."""
        onec.switches = attrs.evolve(onec.switches, latency_first=30.0)
        with pytest.raises(httpx.ReadTimeout):
            raw.get(CASH)
        assert raw.get(CASH).status_code == 200


def test_served(onec: OneCSimulator, known: Any) -> None:
    """Over a socket the same answers come, and the addresses in them are those the client used."""
    auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
    with onec.serve() as url, httpx.Client(auth=auth, trust_env=False) as client:
        assert url.endswith("/upp")
        reply = client.get(f"{url}/odata/standard.odata/{CASH}(guid'{known.cash}')?$format=json")
        assert reply.json()["Ref_Key"] == known.cash
        assert reply.json()["odata.metadata"].startswith(url)


async def _ask(onec: OneCSimulator) -> int:
    auth = httpx.BasicAuth("Обмен".encode(), "пароль".encode())
    async with httpx.AsyncClient(transport=onec, auth=auth) as client:
        return (await client.get(f"{onec.url}/odata/standard.odata/")).status_code


def test_async(onec: OneCSimulator) -> None:
    """One transport for both kinds of client."""
    import asyncio

    assert asyncio.run(_ask(onec)) == 200


def test_log_has_no_secrets(onec: OneCSimulator, raw: Any) -> None:
    """What a test may read of requests: how and what, never who."""
    raw.get(f"{CASH}?$top=1", headers={"IBSession": "start"})
    (seen,) = onec.requests
    assert (seen.method, seen.path, seen.query["$top"], seen.status) == ("GET", CASH, "1", 200)
    text = repr(onec.requests) + repr(onec)
    assert "пароль" not in text
    assert "ibsession" not in text


class TestAccountant:
    """What people do to documents, and what is left of them."""

    def test_defaults(self, onec: OneCSimulator, known: Any) -> None:
        """A document is filled in from its lines' contract; its paid day is its own day."""
        header = onec.stored(known.order)
        assert header["Контрагент_Key"] == known.counterparty
        assert header["Организация_Key"] == known.organization
        assert header["ДоговорКонтрагента_Key"] == known.contract
        assert str(header["СуммаДокумента"]) == "18026.52"
        assert header["ДатаОплаты"] == "2026-11-02T00:00:00"
        assert "Оплачено" not in onec.stored(known.card)
        assert "ДоговорКонтрагента_Key" not in onec.stored(known.card)

    def test_change(self, onec: OneCSimulator, known: Any) -> None:
        """New lines bring the new sum; what is not named stays."""
        onec.change_document(known.order, lines=[(known.other_contract, "7.10")], number="УПП00000124")
        header = onec.stored(known.order)
        assert str(header["СуммаДокумента"]) == "7.10"
        assert header["Number"] == "УПП00000124"
        assert header["НазначениеПлатежа"] == "Оплата по счету N 1024"

    def test_operations(self, onec: OneCSimulator, known: Any) -> None:
        """Refunds exist for the card kind only."""
        onec.change_document(known.card, operation=OperationKind.CUSTOMER_REFUND)
        assert onec.stored(known.card)["ВидОперации"] == "ВозвратДенежныхСредствПокупателю"
        with pytest.raises(ValueError, match="refund"):
            onec.change_document(known.cash, operation=OperationKind.CUSTOMER_REFUND)

    def test_unpost_and_repost(self, onec: OneCSimulator, known: Any) -> None:
        """Back and forth; a marked document is refused."""
        onec.unpost(known.cash)
        assert onec.stored(known.cash)["Posted"] is False
        onec.repost(known.cash)
        assert onec.stored(known.cash)["Posted"] is True
        onec.mark_deleted(known.cash)
        with pytest.raises(ValueError, match="Помеченный"):
            onec.repost(known.cash)

    def test_delete_and_restore(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """A physical deletion leaves nothing; what comes back has its GUID and another version."""
        before = onec.stored(known.cash)
        onec.delete(known.cash)
        assert raw.error(f"{CASH}(guid'{known.cash}')")[:2] == (404, "9")
        onec.restore(known.cash)
        after = onec.stored(known.cash)
        assert after["DataVersion"] != before["DataVersion"]
        assert {**after, "DataVersion": 0} == {**before, "DataVersion": 0}

    def test_contract_changes(self, onec: OneCSimulator, raw: Any, known: Any) -> None:
        """The attribute leads to the catalogue, can be emptied and filled."""
        address = f"Catalog_ДоговорыКонтрагентов(guid'{known.contract}')"
        assert raw.get(f"{address}/ЛицевойСчетВBILLmanager").json()["Code"].strip() == "17"
        onec.change_contract(known.contract, subaccount_id=None)
        assert raw.error(f"{address}/ЛицевойСчетВBILLmanager")[:2] == (404, "9")
        onec.change_contract(known.contract, subaccount_id=99)
        assert raw.get(f"{address}/ЛицевойСчетВBILLmanager").json()["Code"].strip() == "99"

    def test_unknown_currency(self, onec: OneCSimulator, known: Any) -> None:
        """A currency must be there first."""
        with pytest.raises(KeyError, match="840"):
            onec.change_document(known.cash, currency="840")
        onec.add_currency("840", "USD")
        onec.change_document(known.cash, currency="840")
