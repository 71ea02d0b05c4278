"""What is explored: one document with its edits, over each habit that BILLmanager may have."""

from __future__ import annotations

from model_bank import Habits
from model_papers import ELSEWHERE, HALF, MOVED, NOTHING, REKEYED, SHIFTED, SPLIT, WHOLE
from model_search import Scenario

OPEN = Habits()
#: it takes a random number twice and shows none: a payment is known by what it looks like
FORGETFUL = Habits(looks_up_random_number=False, shows_random_number=False)
#: it knows a random number again, and shows neither it nor the subaccount
SECRETIVE = Habits(shows_random_number=False, shows_subaccount=False)
#: it deletes nothing
KEEPING = Habits(never_deletes=True)
WORST = Habits(looks_up_random_number=False, shows_random_number=False, never_deletes=True)

_LINE = (WHOLE, HALF, NOTHING, ELSEWHERE)
_MOVES = (WHOLE, REKEYED, MOVED, NOTHING)

SCENARIOS = (
    Scenario(name="one line", papers=_LINE),
    Scenario(name="one line, forgetful", papers=_LINE, habits=FORGETFUL),
    Scenario(name="one line, keeping", papers=_LINE, habits=KEEPING),
    Scenario(name="moved to another contract", papers=_MOVES),
    Scenario(name="money moved between two lines", papers=(SPLIT, WHOLE)),
    Scenario(name="two lines, and a person abandons one", papers=(SPLIT, SHIFTED), abandons=True),
)
"""Explored by the tests."""

KEPT_AND_LATE = Scenario(
    name="a cancel is late, and another refused", papers=(WHOLE, NOTHING), delivered=True, faults=4
)
"""Explored by the tests with all of its faults: fewer show nothing."""

MORE = (
    *SCENARIOS,
    Scenario(name="one line that was delivered", papers=_LINE, delivered=True),
    Scenario(name="two lines that were delivered", papers=(SPLIT, SHIFTED, WHOLE, NOTHING), delivered=True),
    Scenario(
        name="two lines that were delivered, and a person abandons one",
        papers=(SPLIT, SHIFTED, WHOLE),
        delivered=True,
        abandons=True,
    ),
    Scenario(name="one line, secretive", papers=_LINE, habits=SECRETIVE),
    Scenario(name="moved to another contract, the worst habits", papers=_MOVES, habits=WORST),
    Scenario(name="two lines and every edit", papers=(SPLIT, SHIFTED, WHOLE, NOTHING)),
    Scenario(name="two lines, the worst habits", papers=(SPLIT, SHIFTED, NOTHING), habits=WORST),
)
"""Explored by ``nox -s model``."""
