"""Some fifty different things are wrong; each is found and explained in one call, with what to do."""

from __future__ import annotations

import pytest
from sights import FIRST_DAY, Sights, all_of

from billmanager_1c.models import QuarantineCode
from billmanager_1c.reports import LineClass, Reconciliation
from billmanager_1c.testing.troubled import Trouble, make_troubled_world

NAMES = [
    *(trouble.name for trouble in make_troubled_world().troubles),
    *("deleted by a person", "amount edited by a person", "day edited by a person", "payer edited by a person"),
    *("method edited by a person", "refunded by a person", "marked as fraud", "copied with its mark", "answer lost"),
    *("deleted by a person, then changed in 1C", "amount edited by a person, then changed in 1C"),
    *("spent, then unposted in 1C", "deleted in 1C", "unposted in 1C", "made smaller in 1C"),
    *("credited by hand, and not in 1C", "inert payment with a mark"),
]


@pytest.fixture(scope="module")
def found(sights: Sights) -> Reconciliation:
    """1C beside BILLmanager, once for all tests."""
    return sights.engine.reconcile(FIRST_DAY)


def test_names_are_those_of_the_world(sights: Sights) -> None:
    """Nothing of the world is left out here, and there are more than thirty troubles of different names."""
    assert sorted(trouble.name for trouble in sights.world.troubles) == sorted(NAMES)
    assert len(set(NAMES)) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_one_call_says_what_is_wrong_and_what_to_do(name: str, sights: Sights, found: Reconciliation) -> None:
    """``explain`` tells of a document, ``reconcile`` of what people did in BILLmanager alone."""
    (trouble,) = [one for one in sights.world.troubles if one.name == name]
    if trouble.call == "explain":
        assert trouble.ref is not None
        story = sights.engine.explain(trouble.ref)
        told, codes = all_of(story), {line.code.value for line in story.lines if line.code}
        assert codes == ({trouble.code} if trouble.code else set())
    else:
        lines = [line for line in found.lines if is_about(trouble, line.ref, line.payment_ids)]
        told = "\n".join(line.reason for line in lines)
        assert {line.line_class.value for line in lines} == {trouble.code}
    assert [words for words in trouble.says if words not in told] == [], told


def is_about(trouble: Trouble, ref: object, payment_ids: tuple[int, ...]) -> bool:
    """Say whether a line of a reconciliation is what the trouble is about."""
    if trouble.payment_id is not None:
        return trouble.payment_id in payment_ids
    return ref == trouble.ref


def test_quarantined_lists_them_all(sights: Sights) -> None:
    """One call lists every refusal with its code; each says what to do, in a table as well."""
    refused = sights.engine.quarantined()
    listed = {(one.ref, one.code.value) for one in refused}
    wrong = {(one.ref, one.code) for one in sights.world.troubles if one.call == "explain" and one.code}
    assert wrong - listed == set()
    assert {ref for ref, _ in listed} <= {one.ref for one in sights.world.troubles}
    assert all(one.reason.rstrip().endswith((".", ")")) for one in refused)
    assert len(refused.to_dicts()) == len(refused) == str(refused).count("person ") + str(refused).count("data ")


def test_every_kind_of_refusal_and_of_disagreement_occurs(sights: Sights, found: Reconciliation) -> None:
    """The world shows every code but that of a plain refusal, and every class but two that an export takes away."""
    codes = {refusal.code for refusal in sights.engine.quarantined()}
    assert set(QuarantineCode) - codes == {QuarantineCode.REJECTED}
    classes = {line.line_class for line in [*found.lines, *found.ok]}
    assert set(LineClass) - classes == {LineClass.ACCOUNT_DIFF, LineClass.MISSING_REMOTE}


def test_plan_said_so_before(sights: Sights) -> None:
    """What the first export refused, the plan refused before it for the same reasons, and nothing else."""
    planned = {(one.ref, one.contract_id): (one.action, one.reason) for one in sights.before.actions}
    done = {(one.ref, one.contract_id): (one.action, one.reason) for one in sights.first.outcomes}
    refused = {key: found for key, found in done.items() if found[0] == "quarantined"}
    assert {key: planned[key] for key in refused} == refused


def test_same_bytes_twice(sights: Sights, found: Reconciliation) -> None:
    """Reconciling the same world again gives the same bytes."""
    assert sights.engine.reconcile(FIRST_DAY).to_json(ok=True) == found.to_json(ok=True)
