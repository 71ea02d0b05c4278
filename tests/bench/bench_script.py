"""The competitor: what a good engineer writes in a day over httpx, by the same rules and one call after the other.

It reads three kinds of documents and the catalogues beside them, finds payer, company and method, creates a payment,
fills it in, credits it, and remembers in SQLite what was done. Payers of a client are asked for once. What it does not
have is what takes longer than a day: answers that get lost, changes, two runs at once, a reason for whatever was left.
"""

from __future__ import annotations

import json
import sqlite3
import urllib.parse
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx

KINDS = {
    "Document_ПриходныйКассовыйОрдер": "оплата наличными",
    "Document_ПлатежноеПоручениеВходящее": "оплата банковской картой",
    "Document_ОплатаОтПокупателяПлатежнойКартой": "оплата платежной картой через терминал",
}


class OneC:
    """Reads 1C over OData."""

    def __init__(self, url: str, username: str, password: str, transport: httpx.BaseTransport | None = None) -> None:
        self._root = f"{url}/odata/standard.odata"
        auth = httpx.BasicAuth(username.encode(), password.encode())
        self.client = httpx.Client(auth=auth, transport=transport, timeout=60)

    def rows(self, resource: str, where: str = "", page: int = 1000) -> Iterator[dict[str, Any]]:
        """Read a set, page by page, with money as decimals."""
        skip = 0
        while True:
            options = {"$format": "json", "$orderby": "Ref_Key", "$top": str(page), "$skip": str(skip)}
            options |= {"$filter": where} if where else {}
            query = "&".join(f"{name}={urllib.parse.quote(value)}" for name, value in options.items())
            reply = self.client.get(f"{self._root}/{urllib.parse.quote(resource)}?{query}")
            reply.raise_for_status()
            found = json.loads(reply.content.removeprefix(b"\xef\xbb\xbf"), parse_float=Decimal)["value"]
            yield from found
            if len(found) < page:
                return
            skip += page

    def by_key(self, resource: str) -> dict[str, dict[str, Any]]:
        """Read a catalogue whole."""
        return {row["Ref_Key"]: row for row in self.rows(resource)}


class Bill:
    """Calls functions of BILLmanager."""

    def __init__(self, url: str, username: str, password: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url, self._authinfo = url, f"{username}:{password}"
        self.client = httpx.Client(transport=transport, timeout=30)

    def call(self, func: str, **params: str) -> dict[str, Any]:
        """Call a function and return its document."""
        form = {"func": func, "out": "json", "lang": "ru", "authinfo": self._authinfo, **params}
        reply = self.client.post(self._url, data=form)
        reply.raise_for_status()
        doc: dict[str, Any] = json.loads(reply.content)["doc"]
        if "error" in doc:
            raise RuntimeError(f"{func}: {doc['error']}")
        return doc

    def rows(self, func: str, **params: str) -> Iterator[dict[str, str]]:
        """Read a list whole."""
        page, left = 1, 1
        while left > 0:
            doc = self.call(func, p_num=str(page), p_cnt="1000", **params)
            found = doc.get("elem", [])
            yield from map(plain, found if isinstance(found, list) else [found])
            left = int(doc["p_elems"]["$"]) - page * 1000
            page += 1

    def form(self, func: str, elid: str) -> dict[str, str]:
        """Read a form."""
        return plain(self.call(func, elid=elid))


def plain(node: dict[str, Any]) -> dict[str, str]:
    """Take the values out of a document."""
    return {name: value.get("$", "") for name, value in node.items() if isinstance(value, dict)}


class Script:
    """The job."""

    def __init__(self, onec: OneC, bill: Bill, state: Path) -> None:
        self.onec, self.bill = onec, bill
        self.state = sqlite3.connect(state)
        self.state.execute("CREATE TABLE IF NOT EXISTS done (line TEXT PRIMARY KEY, payment TEXT, credited INTEGER)")
        self.payers = cache(self._payers)

    def run(self, since: str) -> int:
        """Export what was not exported; return how many payments that were."""
        self._read_books()
        done = dict(self.state.execute("SELECT line, credited FROM done"))
        count = 0
        for entity_set, words in KINDS.items():
            for document in self.onec.rows(entity_set, f"Date ge datetime'{since}T00:00:00'"):
                for contract, amount in self._money(document):
                    line = f"{document['Ref_Key']}/{contract}"
                    if line not in done and self._export(line, document, contract, amount, words):
                        count += 1
        return count

    def _read_books(self) -> None:
        onec, bill = self.onec, self.bill
        self.organizations = onec.by_key("Catalog_Организации")
        self.counterparties = onec.by_key("Catalog_Контрагенты")
        self.contracts = onec.by_key("Catalog_ДоговорыКонтрагентов")
        self.codes = {key: row["Code"] for key, row in onec.by_key("Catalog_ЛицевыеСчетаВBILLmanager").items()}
        self.subaccounts = {row["id"]: row for row in bill.rows("subaccount")}
        self.companies = [row | bill.form("company.edit", row["id"]) for row in bill.rows("company")]
        self.methods = [row | bill.form("paymethod.edit", row["id"]) for row in bill.rows("paymethod")]

    def _money(self, document: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
        """Take what a customer has paid, by contract."""
        is_money = document["Posted"] and not document["DeletionMark"] and document.get("Оплачено", True)
        if not is_money or document["ВидОперации"] != "ОплатаПокупателя":
            return
        amounts: dict[str, Decimal] = {}
        for row in document["РасшифровкаПлатежа"]:
            contract = row["ДоговорКонтрагента_Key"]
            amounts[contract] = amounts.get(contract, Decimal(0)) + Decimal(row["СуммаПлатежа"])
        if sum(amounts.values()) == Decimal(document["СуммаДокумента"]):
            yield from amounts.items()

    def _payers(self, account: str) -> list[dict[str, str]]:
        rows = self.bill.rows("profile", filter="on", account_id=account)
        return [row | self.bill.form("profile.edit", row["id"]) for row in rows]

    def _payer(self, counterparty: dict[str, Any], account: str) -> dict[str, str] | None:
        active = [payer for payer in self.payers(account) if payer["status"] == "on"]
        inn, code = counterparty["ИНН"].strip(), counterparty["Code"].strip()
        by_code = [payer for payer in active if code and payer["id1c"] == code]
        is_person = counterparty["ЮрФизЛицо"] == "ФизЛицо"
        by_inn = [] if is_person else [payer for payer in active if inn and payer["vatnum"] == inn]
        found = by_inn or by_code or active
        return max(found, key=lambda payer: int(payer["id"])) if found else None

    def _method(self, words: str, company: str, subaccount: dict[str, str]) -> str | None:
        for method in sorted(self.methods, key=lambda method: (int(method["orderpriority"]), int(method["id"]))):
            if (
                method["active"] == "on"
                and words in method["name"].lower()
                and company in method["company"].split(",")
                and subaccount["project_id"] in method["project"].split(",")
                and subaccount["currency_id"] == method["currency"]
            ):
                return method["id"]
        return None

    def _company(self, organization: dict[str, Any]) -> str | None:
        inn = organization["ИНН"].strip()
        return next((company["id"] for company in self.companies if inn and company["vatnum"] == inn), None)

    def _export(self, line: str, document: dict[str, Any], contract: str, amount: Decimal, words: str) -> bool:
        key = self.contracts.get(contract, {}).get("ЛицевойСчетВBILLmanager_Key", "")
        subaccount = self.subaccounts.get(self.codes.get(key, "").strip())
        organization = self.organizations.get(document["Организация_Key"])
        counterparty = self.counterparties.get(document.get("Контрагент_Key") or document["Контрагент"])
        if subaccount is None or organization is None or counterparty is None:
            return False
        company = self._company(organization)
        payer = self._payer(counterparty, subaccount["account_id"])
        method = company and self._method(words, company, subaccount)
        if company is None or payer is None or method is None:
            return False
        created = self.bill.call(
            "payment.add.pay",
            amount=f"{amount:.2f}",
            payment_currency=subaccount["currency_id"],
            paymethod=method,
            customer_account=subaccount["account_id"],
            profile=payer["id"],
            project=subaccount["project_id"],
            sok="ok",
        )
        payment = created["payment_id"]["$"]
        self._remember(line, payment, credited=False)
        paid = document.get("ДатаОплаты") or document["Date"]
        self.bill.call(
            "payment.edit",
            elid=payment,
            recipient=company,
            paydate=f"{paid[:10]} 00:00:00",
            documentnumber=document["Number"].strip(),
            documentdate=document["Date"][:10],
            description=document.get("НазначениеПлатежа") or "",
            sok="ok",
        )
        self.bill.call("payment.setpaid", elid=payment, sok="ok")
        self._remember(line, payment, credited=True)
        return True

    def _remember(self, line: str, payment: str, *, credited: bool) -> None:
        with self.state:
            self.state.execute("INSERT OR REPLACE INTO done VALUES (?, ?, ?)", (line, payment, credited))
