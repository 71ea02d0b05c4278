"""What the three matchers share: losers with reasons, refusals, and how a thing is named in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

import attrs

from ..models import Inn, QuarantineCode, check_inn

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class Lost(Generic[T_co]):
    """A candidate that was not chosen."""

    candidate: T_co
    #: why not, each a clause such as ``it is inactive``; never empty
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """All reasons as one text."""
        return "; ".join(self.reasons)


@attrs.frozen(kw_only=True)
class Refusal:
    """Nothing was chosen. ``str()`` gives the message."""

    code: QuarantineCode
    #: one sentence: what is missing, for what, and what to do
    message: str
    #: what the refusal rests on, one fact each
    facts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message


class Named(Protocol):
    """Anything BILLmanager gave an id and a name."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def label(thing: Named | int) -> str:
    """Name a thing in a sentence: by id and, where it is known, by name."""
    if isinstance(thing, int):
        return f"#{thing}"
    return f'#{thing.id} "{thing.name}"' if thing.name else f"#{thing.id}"


def facts_of(lost: Iterable[Lost[Named]]) -> tuple[str, ...]:
    """Say of each loser why it lost."""
    return tuple(f"{label(one.candidate)}: {one.why}" for one in lost)


def distinct(things: Iterable[N]) -> list[N]:
    """Return each id once, by id.

    A list read page by page may show an object twice, even in two states when it changed in between. Which of the two
    stays must not depend on their order; it does not matter otherwise, as the next run reads again.
    """
    seen: dict[int, N] = {}
    for thing in things:
        other = seen.setdefault(thing.id, thing)
        if other is not thing:
            seen[thing.id] = min(other, thing, key=repr)
    return [seen[id] for id in sorted(seen)]


def inn_notes(inn: Inn, whose: str) -> tuple[str, ...]:
    """Report an INN that cannot be right. It is compared all the same: real bases hold such numbers (design.md §5)."""
    if not inn:
        return (f"{whose} has no INN, and an empty INN matches nothing.",)
    problem = check_inn(inn)
    return () if problem is None else (f"The INN {inn} of {whose} looks wrong: {problem.value}.",)
