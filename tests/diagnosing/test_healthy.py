"""A world in good health: everything holds, nothing is written, and the words are always the same."""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs
import pytest
from sickroom import ONEC_PASSWORD, PASSWORD, ReadOnlyWire, Sickroom

from billmanager_1c import diagnose
from billmanager_1c.api import Dialect, SetPaid
from billmanager_1c.models import PaymentId
from billmanager_1c.onec import MemoryAdapter
from billmanager_1c.plans.diagnose import Spoken
from billmanager_1c.reports import CheckVerdict
from billmanager_1c.testing.billmanager import Installation
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.testing.world import make_world

#: names of functions and fields; the words and the cap are limits, and parameters come with their functions
NAMES = {field.name for field in attrs.fields(Dialect)} - {
    *("create_family", "create_params", "uncredit_params", "cancel_params", "list_cap", "inactive_words")
}


def test_everything_holds_in_a_healthy_world(room: Sickroom) -> None:
    """Every check holds but what no reading can tell: how long a list may be, and what crediting does to a date."""
    found = room.look()
    assert found.ok
    assert found.having(CheckVerdict.FAILS, CheckVerdict.WARNING) == ()
    assert {check.name for check in found.having(CheckVerdict.UNKNOWN)} == {"list_cap", "paydate"}
    assert found.dialect == Dialect() == eval(found.dialect_code, {"Dialect": Dialect})
    assert found.dialect_code == "Dialect()"


def test_each_assumed_name_is_checked(room: Sickroom) -> None:
    """No field of the Dialect is left out."""
    assert {check.name for check in room.look().checks} >= NAMES


def test_nothing_is_written(room: Sickroom) -> None:
    """The wire refuses what would write; neither simulator has changed, and the requests are few."""
    before = room.bill.snapshot()
    bill, onec = ReadOnlyWire(room.bill), ReadOnlyWire(room.onec)
    with settings_for(room.bill).billmanager(transport=bill) as client:
        diagnose(client, room.adapter(session=False))
    assert room.bill.snapshot() == before
    assert room.bill.writes == 0
    assert not room.onec.violations
    assert {request.method for request in room.onec.requests} == {"GET"}
    assert bill.requests < 100
    assert onec.requests == 0


def test_a_reading_in_another_dialect_never_writes() -> None:
    """What wraps a question for another dialect takes no writing one."""
    with pytest.raises(ValueError, match="SetPaid would write"):
        Spoken(SetPaid(PaymentId(1)), Dialect())


def test_the_same_world_is_told_in_the_same_words(room: Sickroom) -> None:
    """Two looks give the same bytes, in every form."""
    first, second = room.look(), room.look()
    assert first == second
    assert str(first) == str(second)
    assert first.to_dicts() == second.to_dicts()
    assert first._repr_html_() == second._repr_html_()


def test_a_check_says_what_was_asked_seen_and_is_to_be_done(room: Sickroom) -> None:
    """Names are unique within an area, and whatever fails or warns has one sentence of advice."""
    room.bill.change_company(room.companies[0], inn="")
    room.bill.change_employee("1c", extra={"payment.refund"})
    found = room.look()
    names = [(check.area, check.name) for check in found.checks]
    assert len(names) == len(set(names))
    assert all(check.asked and check.seen for check in found.checks)
    told = found.having(CheckVerdict.FAILS, CheckVerdict.WARNING)
    assert len(told) >= 2
    assert all(check.advice.endswith((".", ")")) for check in told)
    assert found["company_inns"] is found["reference.company_inns"]
    with pytest.raises(KeyError):
        found["no such check"]


def test_it_can_be_looked_at_in_four_ways(room: Sickroom) -> None:
    """Text, HTML, dictionaries and a data frame show the same checks; the text ends with what to set."""
    found = room.look(Dialect(mark_field="nowhere"))
    assert found.counts["fails"] == 1
    assert "Give the client dialect=Dialect()." in str(found)
    assert "mark_field" in found._repr_html_()
    assert [row["name"] for row in found.to_dicts()] == [check.name for check in found.checks]
    assert found.table().rows[0][2] == "mark_field", "what fails stands on top"
    pytest.importorskip("pandas")
    assert len(found.to_pandas()) == len(found.checks)


def test_no_secret_is_told(room: Sickroom, caplog: pytest.LogCaptureFixture) -> None:
    """Neither password nor session stands in a report or a log, also where the log-in is refused."""
    caplog.set_level(logging.DEBUG)
    good = diagnose(room.client(auth="session"), room.adapter())
    bad = diagnose(room.client(password="a wrong one"), room.adapter(password="wrong, too"))
    told = f"{good!r}{good}{good._repr_html_()}{bad!r}{bad}{caplog.text}"
    secrets = (PASSWORD, "a wrong one", "wrong, too", ONEC_PASSWORD, *room.bill._manager._access._sessions)
    assert len(secrets) > 4, "a session was opened"
    assert [secret for secret in secrets if secret in told] == []


def test_either_way_in_will_do(room: Sickroom) -> None:
    """A client that keeps a session is diagnosed as well."""
    assert diagnose(room.client(auth="session")).ok


def test_one_end_is_enough(room: Sickroom) -> None:
    """Without an adapter 1C is not asked, and an adapter without an interface says what it cannot tell."""
    assert not [check for check in diagnose(room.client()).checks if check.area == "1c"]
    found = diagnose(room.client(), MemoryAdapter("upp"))
    assert found["1c.published"].verdict is CheckVerdict.UNKNOWN
    assert found["1c.documents"].verdict is CheckVerdict.WARNING
    assert found.ok


@pytest.mark.parametrize("devel", ["plain", "refused"])
def test_without_descriptions_names_are_taken_from_what_is_shown(
    make_room: Callable[[Installation], Sickroom], devel: str
) -> None:
    """Nothing fails for it; what only a description tells is unknown: buttons, and so rights."""
    found = make_room(Installation(devel=devel)).look()  # type: ignore[arg-type]  # one of the words
    assert found.ok
    assert found.dialect == Dialect()
    unknown = {check.name for check in found.having(CheckVerdict.UNKNOWN)}
    assert {"description", "credit", "delete", "excessive"} <= unknown


def test_an_empty_billmanager_fails_at_nothing_but_its_emptiness(
    make_room: Callable[[Installation | None], Sickroom],
) -> None:
    """Where there is no payment yet, the form of a new one tells the names."""
    room = make_room(None)
    for payment in list(room.bill.payments()):
        room.bill.person_deletes_payment(payment.id)
    found = room.look()
    assert found.ok
    assert found["mark_field"].verdict is CheckVerdict.HOLDS


def test_the_big_world_holds() -> None:
    """The world of the demo has documents with something wrong, and they are warnings: the exchange works."""
    world = make_world(clients=30, documents=40)
    with settings_for(world.billmanager).billmanager(transport=ReadOnlyWire(world.billmanager)) as client:
        assert diagnose(client).ok
