"""The exchange at a glance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs

from ..ledger import LinkState
from ..models import QuarantineCode
from ..ports.store import Store


@attrs.frozen(kw_only=True)
class EngineStatus:
    """The exchange at a glance."""

    enabled: bool
    #: why a person paused it; None where nobody did
    paused: str | None
    #: documents that need work or attention
    depth: int
    #: when the one that waits longest changed in 1C
    oldest: dt.datetime | None
    #: lines whose last write nobody knows the end of
    unknown: int
    #: refused lines by code
    quarantined: Mapping[QuarantineCode, int]
    #: lines that stand in BILLmanager as they should
    synced: int

    @classmethod
    def of(cls, store: Store) -> EngineStatus:
        """Count what a store keeps."""
        switch, summary = store.switch(), store.summary()
        return cls(
            enabled=switch.enabled,
            paused=switch.paused,
            depth=summary.open_documents,
            oldest=summary.oldest_open,
            unknown=sum(n for state, n in summary.links.items() if state.is_intent or state.is_unknown),
            quarantined=summary.quarantined,
            synced=summary.links.get(LinkState.SYNCED, 0),
        )
