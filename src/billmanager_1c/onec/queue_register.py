"""Change capture by a register that 1C's own subscriptions fill."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class QueueRegister:
    """Take what changed from the register of documents to be exported, and delete the rows that were taken.

    Its name and that of its dimension are fields of ``Configuration.module``; by default it is the register that
    ISPsystem's module fills, also while the module itself is switched off. It needs a user who may delete rows there,
    and nobody else who takes rows out. Whether it hears of deletions depends on the subscription; the engine's daily
    look at everything since ``export_from`` finds those it did not hear of.
    """
