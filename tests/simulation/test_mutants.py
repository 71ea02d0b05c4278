"""The simulation can see: every bug of the protocol that is switched on breaks a promise that it checks."""

from __future__ import annotations

import pytest
from mutant_campaign import hunt, main
from mutants import MUTANTS, Mutant

from simulation import simulate


def test_there_are_enough_of_them() -> None:
    """At least 25, each with a name of its own."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 25


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_mutant_is_caught(mutant: Mutant) -> None:
    """A broken rule shows as a broken promise."""
    assert hunt(mutant) is not None, f"nobody noticed that {mutant.sentence}"


def test_mutant_leaves_no_trace() -> None:
    """Switched off, a mutant has changed nothing."""
    before = simulate(7).digest
    with MUTANTS[0].switched_on():
        assert simulate(7).digest != before
    assert simulate(7).digest == before


def test_campaign_knows_its_mutants_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is none ends it before anything is hunted, and the names that there are get printed."""
    with pytest.raises(SystemExit) as end:
        main([MUTANTS[0].name, "no such bug"])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "no such bug" in told
    assert [mutant.name for mutant in MUTANTS if mutant.name not in told] == []
