"""The catalogue of subaccounts is kept; ISPsystem's own module is asked about (design.md §1, §5)."""

from __future__ import annotations

import json

import attrs
import httpx
import pytest
from onec_servers import Server, Upp, collection, error, make_adapter, raw, resource_of

from billmanager_1c.errors import BadReply, NotPublished, OneCAccessDenied
from billmanager_1c.models import DocumentKind, DocumentRef, Subaccount
from billmanager_1c.onec import ODataAdapter

CATALOGUE = "Catalog_ЛицевыеСчетаВBILLmanager"


def subaccount(number: int, account: str = "Ромашка") -> Subaccount:
    """Return a subaccount."""
    return Subaccount(
        id=number,
        account_id=number,
        account=account,
        provider_id=1,
        provider="Хостинг",
        currency_id=126,
        currency="RUB",
    )


def written(upp: Upp) -> list[tuple[str, str]]:
    """Return the writes that came."""
    return [(each.method, each.path.partition("(")[0]) for each in upp.simulator.requests if each.method != "GET"]


class TestAccounts:
    """``save_accounts``: created, renamed, never deleted."""

    def test_items_are_created_and_renamed(self, upp: Upp, onec: ODataAdapter) -> None:
        """What is missing is created, what changed is renamed, what is there already is left alone."""
        onec.save_accounts([subaccount(17), subaccount(18)])
        assert upp.simulator.subaccount_items() == {
            "17": "Ромашка / Хостинг / RUB",  # there was an item of this code, with another name and padded
            "18": "Ромашка / Хостинг / RUB",
        }
        assert written(upp) == [("PATCH", CATALOGUE), ("POST", CATALOGUE)]
        upp.simulator.forget_requests()
        onec.save_accounts([subaccount(17, "Лютик"), subaccount(18)])
        assert upp.simulator.subaccount_items()["17"] == "Лютик / Хостинг / RUB"
        assert written(upp) == [("PATCH", CATALOGUE)]

    def test_the_second_time_nothing_is_written(self, upp: Upp, onec: ODataAdapter) -> None:
        """Also where the name was too long for the attribute and 1C cut it in silence."""
        accounts = [subaccount(20, "Очень длинное имя " * 20), subaccount(21)]
        onec.save_accounts(accounts)
        upp.simulator.forget_requests()
        onec.save_accounts(accounts)
        assert written(upp) == []
        assert len(upp.simulator.requests) == 1

    def test_nothing_is_deleted(self, upp: Upp, onec: ODataAdapter) -> None:
        """A subaccount that is not in the list keeps its item."""
        onec.save_accounts([])
        assert "17" in upp.simulator.subaccount_items()
        assert written(upp) == []

    def test_no_document_is_touched(self, upp: Upp, onec: ODataAdapter) -> None:
        """Everything the adapter can do leaves documents as they are."""
        ref = upp.add()
        list(onec.changes(None))
        list(onec.read([ref]))
        onec.save_accounts([subaccount(17), subaccount(99)])
        onec.module_address()
        list(onec.module_payments())
        assert upp.simulator.violations == ()

    def test_a_code_with_leading_zeros_is_the_same_subaccount(self, upp: Upp, onec: ODataAdapter) -> None:
        """Reading takes 000000005 for the subaccount 5, and contracts point to it: it is renamed, not doubled."""
        upp.simulator.add_subaccount_item("000000005", name="старое имя")
        before = dict(upp.simulator.subaccount_items())
        onec.save_accounts([subaccount(5)])
        assert upp.simulator.subaccount_items() == before | {"000000005": "Ромашка / Хостинг / RUB"}
        upp.simulator.forget_requests()
        onec.save_accounts([subaccount(5)])
        assert written(upp) == []

    def test_items_that_mean_one_subaccount_are_all_renamed(self) -> None:
        """Nobody knows which of them the contracts point to; one with a code that is no number is left alone."""
        items = [
            {"Ref_Key": f"8d9a1c5e-0000-4000-8000-00000000000{number}", "Code": code, "Description": "…"}
            for number, code in enumerate(["5", "05", "V", "5а", "55"])
        ]

        def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                return collection(items)
            key = resource_of(request).partition("guid'")[2][:36]
            next(each for each in items if each["Ref_Key"] == key).update(json.loads(request.content))
            return raw("", 204)

        with make_adapter(Server(answer).transport) as onec:
            onec.save_accounts([subaccount(5)])
        named = [each["Code"] for each in items if each["Description"] == "Ромашка / Хостинг / RUB"]
        assert named == ["5", "05"]
        assert len(items) == 5

    def test_a_lost_item_is_noticed(self) -> None:
        """1C says "created" and keeps nothing: the answer is not believed."""
        server = Server(lambda request: collection([]) if request.method == "GET" else raw("{}", 201))
        with make_adapter(server.transport) as onec, pytest.raises(BadReply, match="did not keep"):
            onec.save_accounts([subaccount(5)])
        assert [request.method for request in server.requests] == ["GET", "POST", "GET"]

    def test_what_is_sent(self) -> None:
        """The code is the id, the name says whose it is; both as text, in UTF-8."""
        server = Server(lambda request: collection([]) if request.method == "GET" else raw("", 204))
        with make_adapter(server.transport) as onec, pytest.raises(BadReply):
            onec.save_accounts([subaccount(5)])
        post = server.requests[1]
        assert resource_of(post) == CATALOGUE
        assert json.loads(post.content.decode("utf-8")) == {"Code": "5", "Description": "Ромашка / Хостинг / RUB"}

    def test_without_ispsystems_additions(self) -> None:
        """The catalogue is not there, and the exception names it."""
        server = Server(lambda request: error(404, "8"))
        with make_adapter(server.transport) as onec, pytest.raises(NotPublished, match=CATALOGUE):
            onec.save_accounts([subaccount(5)])

    def test_without_the_right(self, upp: Upp, onec: ODataAdapter) -> None:
        """No right to the catalogue is no reason to go on."""
        upp.simulator.deny(CATALOGUE)
        with pytest.raises(OneCAccessDenied, match=CATALOGUE):
            onec.save_accounts([subaccount(5)])


class TestModule:
    """ISPsystem's module: two exporters on one base would credit everything twice."""

    @pytest.mark.parametrize(
        "body",
        [
            {"value": [{"SurrogateKey": "00000000-0000-0000-0000-000000000000", "Value": "https://bill.test "}]},
            {"value": [{"АдресСервераBILLmanager": "https://bill.test"}]},
            {"Value": "https://bill.test"},
            {"odata.metadata": "…/@Element", "Value": "https://bill.test"},
            {"odata.metadata": "…#Constant_АдресСервераBILLmanager", "value": "https://bill.test"},
            {"odata.metadata": "…", "АдресСервераBILLmanager": "https://bill.test"},
            {"odata.metadata": "…", "Constant_АдресСервераBILLmanager": "https://bill.test"},
            {"Constant_АдресСервераBILLmanager": {"Value": "https://bill.test"}},
            {"value": {"Value": "https://bill.test"}},
            {"value": ["https://bill.test"]},
            {"d": {"results": [{"Value": "https://bill.test"}]}},
            {"value": [{"Value": ""}, {"Value": "https://bill.test"}]},
            [{"Value": "https://bill.test"}],
            "https://bill.test",
        ],
    )
    def test_every_shape_of_a_constant(self, body: object) -> None:
        """No capture shows one, so each believable shape is read."""
        server = Server(lambda request: raw(json.dumps(body)))
        with make_adapter(server.transport) as onec:
            assert onec.module_address() == "https://bill.test"

    @pytest.mark.parametrize(
        "body",
        [
            {"value": []},
            {"value": ""},
            {"value": None},
            {"value": [{"SurrogateKey": "1", "Value": None}]},
            {"odata.metadata": "…", "АдресСервераBILLmanager": " "},
        ],
    )
    def test_every_shape_of_an_empty_constant(self, body: object) -> None:
        """The module is there, and switched off."""
        server = Server(lambda request: raw(json.dumps(body)))
        with make_adapter(server.transport) as onec:
            assert onec.module_address() is None

    @pytest.mark.parametrize("address", [None, "", "  "])
    def test_off_or_absent(self, upp: Upp, onec: ODataAdapter, address: str | None) -> None:
        """Empty is switched off; 404 with code 8 is not installed."""
        upp.simulator.set_module_address(address)
        assert onec.module_address() is None

    def test_on(self, upp: Upp, onec: ODataAdapter) -> None:
        """The address is told."""
        upp.simulator.set_module_address("https://bill.test/billmgr")
        assert onec.module_address() == "https://bill.test/billmgr"

    @pytest.mark.parametrize(
        "reply",
        [
            raw("<h1>404</h1>", 404, "text/html"),
            raw("", 404),
            collection([{"x": 1}]),
            collection([{"Value": 1}]),
            collection([{"Value": "", "value": False}]),
            raw("{}"),
            raw('{"odata.metadata": "…"}'),
            raw("null"),
            raw("0"),
        ],
    )
    def test_what_is_not_known_is_not_off(self, reply: httpx.Response) -> None:
        """A web server without OData, or an unknown shape: an error, not "the module is absent"."""
        server = Server(lambda request: httpx.Response(reply.status_code, content=reply.content))
        with make_adapter(server.transport) as onec, pytest.raises((NotPublished, BadReply)):
            onec.module_address()

    def test_payments_of_the_module(self, upp: Upp, onec: ODataAdapter) -> None:
        """Which document became which payment, of the kinds that the configuration knows."""
        refs = [upp.add(kind) for kind in DocumentKind]
        for number, ref in enumerate(refs, start=100):
            upp.simulator.add_module_payment(ref.id, number)
        assert dict(onec.module_payments()) == {ref: number for number, ref in enumerate(refs, start=100)}

    def test_no_register(self, upp: Upp, onec: ODataAdapter) -> None:
        """Where the module was never installed it made no payments."""
        upp.simulator.set_module_address(None)
        assert list(onec.module_payments()) == []

    def test_rows_that_are_no_payments(self) -> None:
        """A document of another type and an empty id are passed over; an id that is no number is told as none."""
        key = "8d9a1c5e-0000-4000-8000-000000000001"
        cash = {"Документ": key, "Документ_Type": "StandardODATA.Document_ПриходныйКассовыйОрдер"}
        rows = [
            {"Документ": key, "Документ_Type": "StandardODATA.Document_Прочее", "КодПлатежа": "1"},
            cash | {"КодПлатежа": "  "},
            cash | {"КодПлатежа": "42  "},
        ]
        with make_adapter(Server(lambda request: collection(rows)).transport) as onec:
            assert list(onec.module_payments()) == [(DocumentRef(DocumentKind.CASH_RECEIPT, key), 42)]
        rows.append(cash | {"КодПлатежа": "abc"})
        with make_adapter(Server(lambda request: collection(rows)).transport) as onec:
            ref = DocumentRef(DocumentKind.CASH_RECEIPT, key)
            assert list(onec.module_payments()) == [(ref, 42), (ref, None)]


def test_names_come_from_the_configuration(upp: Upp) -> None:
    """Another name of the catalogue in the Configuration is the one that is asked for."""
    module = attrs.evolve(upp.adapter().configuration.module, subaccounts="Catalog_Иное")
    server = Server(lambda request: error(404, "8"))
    configuration = attrs.evolve(upp.adapter().configuration, module=module)
    with make_adapter(server.transport, configuration=configuration) as onec, pytest.raises(NotPublished):
        onec.save_accounts([subaccount(5)])
    assert server.resources() == ["Catalog_Иное"]
