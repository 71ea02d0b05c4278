"""How the exchange is to be run."""

from __future__ import annotations

import datetime as dt

import attrs

from ..errors import SettingsError
from ..matching import METHOD_NAMES, MethodNames, PayerFallback
from ..plans.run import Breaker

__all__ = ["Breaker", "Policy", "Schedule"]


@attrs.frozen(kw_only=True)
class Schedule:
    """How often ``run_due`` runs what."""

    export: dt.timedelta = dt.timedelta(hours=1)
    accounts: dt.timedelta = dt.timedelta(days=1)


@attrs.frozen(kw_only=True)
class Policy:
    """The terms of the exchange."""

    #: the first day of the exchange: nothing dated earlier is ever exported
    export_from: dt.date
    #: requests to BILLmanager at the same time; with 1, documents are delivered one after the other
    concurrency: int = attrs.field(default=4)
    #: for a whole call to BILLmanager
    timeout: dt.timedelta = dt.timedelta(seconds=30)
    #: how long something sent may still take effect
    settle: dt.timedelta = dt.timedelta(minutes=15)
    #: how long a worker holds a document without a sign of life
    lease: dt.timedelta = dt.timedelta(minutes=5)
    #: the pause after a first failure; it doubles
    retry_first: dt.timedelta = dt.timedelta(minutes=1)
    retry_last: dt.timedelta = dt.timedelta(hours=1)
    #: ``"refuse"`` takes no payer when neither INN nor accounting code finds one
    payer_fallback: PayerFallback = "last_active"
    #: the words in the name of the method of each document kind
    method_names: MethodNames = attrs.field(factory=lambda: dict(METHOD_NAMES))
    #: credit the client's own unpaid bill in BILLmanager, instead of making a second payment, where the purpose of the
    #: money names its number and client, payer, method and amount agree
    match_bills: bool = False
    #: what a run may change at once without :meth:`.SyncEngine.approve`; None lets everything through
    breaker: Breaker | None = attrs.field(factory=Breaker)
    #: None means no limit
    max_requests_per_second: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.concurrency < 1:
            raise SettingsError(f"Policy.concurrency is {self.concurrency}; it must be at least 1.")
        if self.payer_fallback not in ("last_active", "refuse"):
            raise SettingsError(f'Policy.payer_fallback is {self.payer_fallback!r}; use "last_active" or "refuse".')
        for name in ("settle", "lease", "timeout", "retry_first", "retry_last"):
            if getattr(self, name) < dt.timedelta(0):
                raise SettingsError(f"Policy.{name} is negative.")
