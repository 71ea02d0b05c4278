"""What of 1C can be read, told by the adapter without reading it all."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from billmanager_1c import errors
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.ports.onec import Inspectable
from billmanager_1c.testing import OneCSimulator
from billmanager_1c.testing.world import make_world


def adapter_of(simulator: OneCSimulator, **options: object) -> ODataAdapter:
    """Return an adapter to the simulator."""
    given = {"password": "пароль", "configuration": UPP_1_3, **options}
    return ODataAdapter(
        simulator.url,
        username="Обмен",
        timezone="Europe/Moscow",
        base="upp",
        transport=simulator,
        **given,  # type: ignore[arg-type]  # of several types
    )


def test_everything_is_there_in_the_stock_infobase() -> None:
    """Each set that is read can be read and lacks nothing; one request each, and none writes."""
    onec = make_world(clients=3, documents=6).onec
    with adapter_of(onec) as adapter:
        assert isinstance(adapter, Inspectable)
        found = list(adapter.inspect())
        assert all(each.is_readable and not each.lacks for each in found)
        assert {request.method for request in onec.requests} == {"GET"}
        assert len(onec.requests) == len(found)


def test_what_is_not_published_or_not_allowed_is_told_apart_from_what_need_not_be() -> None:
    """A set that is closed has the reason beside it; ISPsystem's additions are not needed."""
    onec = make_world(clients=3, documents=6).onec
    onec.deny("Catalog_Контрагенты", "Catalog_ЛицевыеСчетаВBILLmanager")
    with adapter_of(onec) as adapter:
        closed = {each.name: each for each in adapter.inspect() if each.is_readable is False}
    assert {name: each.is_needed for name, each in closed.items()} == {
        "Catalog_Контрагенты": True,
        "Catalog_ЛицевыеСчетаВBILLmanager": False,
    }
    assert all(each.problem for each in closed.values())


def test_names_that_the_infobase_does_not_have_are_told() -> None:
    """A Configuration of another base shows by the attributes that are not there."""
    onec = make_world(clients=3, documents=6).onec
    other = attrs.evolve(UPP_1_3, organizations=attrs.evolve(UPP_1_3.organizations, inn="ИННЮрЛица"))
    with adapter_of(onec, configuration=other) as adapter:
        lacking = {each.name: each.lacks for each in adapter.inspect() if each.lacks}
    assert lacking == {"Catalog_Организации": ("ИННЮрЛица",)}


def test_who_is_not_let_in_inspects_nothing() -> None:
    """A refused log-in is an exception: it is no news about sets."""
    with adapter_of(OneCSimulator(), password="wrong") as adapter, pytest.raises(errors.OneCLoginFailed):
        list(adapter.inspect())


def test_the_clock_of_the_other_side_is_heard() -> None:
    """Each answer tells how far the server's clock is from ours."""
    onec = OneCSimulator(clock=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(hours=2))
    with adapter_of(onec) as adapter:
        assert adapter.clock_lead is None
        adapter.module_address()
        lead = adapter.clock_lead
    assert lead is not None
    assert abs(lead - dt.timedelta(hours=2)) < dt.timedelta(minutes=1)
