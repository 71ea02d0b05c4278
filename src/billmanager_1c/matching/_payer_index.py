"""The payers of one client, arranged so that a counterparty is looked up and not searched for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from ..models import Payer
from ._answer import Lost, distinct


class PayerIndex:
    """All payers of one client by INN and by accounting code.

    Make it once per client and hand it to :func:`resolve_payer` in place of the payers: each answer then costs the
    same for ten payers and for ten thousand. It is a value: nothing changes it.
    """

    def __init__(self, payers: Iterable[Payer]) -> None:
        self._payers = distinct(payers)
        self._by_inn: dict[str, list[Payer]] = {}
        self._by_code: dict[str, list[Payer]] = {}
        for payer in self._payers:
            self._by_inn.setdefault(payer.inn, []).append(payer)
            self._by_code.setdefault(payer.accounting_code, []).append(payer)

    def __iter__(self) -> Iterator[Payer]:
        return iter(self._payers)

    def __len__(self) -> int:
        return len(self._payers)

    def __repr__(self) -> str:
        return f"<PayerIndex of {len(self)} payers>"

    def with_inn(self, inn: str) -> Sequence[Payer]:
        """Return the payers with this INN by id; an empty one is nobody's."""
        return self._by_inn.get(inn, ()) if inn else ()

    def with_code(self, code: str) -> Sequence[Payer]:
        """Return the payers with this accounting code by id; an empty one is nobody's."""
        return self._by_code.get(code, ()) if code else ()

    @cached_property
    def last_active(self) -> Payer | None:
        """The active payer with the greatest id."""
        return next((payer for payer in reversed(self._payers) if payer.active), None)

    @cached_property
    def lost_to_last_active(self) -> tuple[Lost[Payer], ...]:
        """Everyone else, with the reason; the same for every counterparty that nothing matched."""
        older = "it is older than the last active payer"
        return tuple(
            Lost(candidate=payer, reasons=(older if payer.active else "it is inactive",))
            for payer in self._payers
            if payer is not self.last_active
        )
