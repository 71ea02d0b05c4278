"""A world with some fifty different things wrong in it, and an engine on it."""

from __future__ import annotations

from contextlib import ExitStack

from billmanager_1c import MemoryStore, Policy, SyncEngine
from billmanager_1c.reports import Explanation, ExportPlan, ExportReport
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.testing.troubled import FIRST_DAY, make_troubled_world


class Sights:
    """The troubled world and what was reported of it."""

    before: ExportPlan
    first: ExportReport
    second: ExportReport

    def __init__(self, stack: ExitStack) -> None:
        self.world = world = make_troubled_world()
        settings = settings_for(world.billmanager, world.onec)
        client = settings.billmanager(transport=world.billmanager)
        onec = settings.onec(transport=world.onec, clock=world.clock.now)
        self.store = MemoryStore()
        self.engine = SyncEngine(
            onec=stack.enter_context(onec),
            billmanager=stack.enter_context(client),
            store=self.store,
            policy=Policy(export_from=FIRST_DAY, concurrency=1),
            clock=world.clock,
        )


def all_of(story: Explanation) -> str:
    """Put everything that an explanation says into one text, without line breaks."""
    parts = [story.answer, story.judgement, *(event.text for event in story.events)]
    parts += [document.counterparty for document in [story.document] if document]
    for action in story.planned:
        for choice in action.choices:
            parts += [choice.sentence, *choice.lost, *choice.notes]
    return "\n".join(parts)
