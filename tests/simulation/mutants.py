"""Bugs of the protocol that can be switched on: each breaks one rule, and the simulation must see it.

A mutant replaces a few words in the text of a function and gives the function the code that comes of it. So a mutant
whose words are gone from the production code says so; it does not silently change nothing.
"""

from __future__ import annotations
import __future__

import importlib
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FunctionType
from typing import Any

import attrs
from sim_faults import Fault

_PACKAGE = "billmanager_1c."


@attrs.frozen
class Edit:
    """Other words in the text of one function."""

    #: ``module:function`` or ``module:class.function``, below the package
    where: str
    old: str
    new: str
    #: names that the new words use and the function's module does not have: ``module:name``
    uses: tuple[str, ...] = ()


@contextmanager
def edited(edits: Sequence[Edit]) -> Iterator[None]:
    """Have one function run other words.

    Raises:
        LookupError: the words that are to be replaced are not there.
    """
    function: FunctionType = _find(edits[0].where)
    source = textwrap.dedent(inspect.getsource(function))
    for edit in edits:
        if edit.old not in source:
            raise LookupError(f"{edit.where} does not say {edit.old!r} any more: the mutant needs new words")
        source = source.replace(edit.old, edit.new)
    used = {_name(use): _find(use) for edit in edits for use in edit.uses}
    missing = used.keys() - function.__globals__.keys()
    namespace: dict[str, Any] = {**function.__globals__, **used}
    exec(compile(source, function.__code__.co_filename, "exec", __future__.annotations.compiler_flag), namespace)
    kept = function.__code__
    function.__globals__.update({name: used[name] for name in missing})
    function.__code__ = namespace[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = kept
        for name in missing:
            del function.__globals__[name]


def _find(where: str) -> Any:
    module, _, path = where.partition(":")
    found: Any = importlib.import_module(module if module.startswith("sim_") else _PACKAGE + module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _name(where: str) -> str:
    return where.rpartition(":")[2].rpartition(".")[2]


@attrs.frozen(kw_only=True)
class Mutant:
    """A bug with a name, and the fault under which it shows."""

    name: str
    #: which rule it breaks, in one sentence
    sentence: str
    edits: tuple[Edit, ...]
    #: the fault that each of its seeds has
    fault: Fault
    #: what else must happen for it to show
    also: tuple[Fault, ...] = ()
    #: the first seed that is tried
    seed: int = 0
    #: what else is switched off, because it would repair the damage
    without: str = ""

    @contextmanager
    def switched_on(self) -> Iterator[None]:
        """Break the rule for a while."""
        with ExitStack() as stack:
            for where in dict.fromkeys(edit.where for edit in self.edits):
                stack.enter_context(edited([edit for edit in self.edits if edit.where == where]))
            yield


_FRESH_NUMBER = Edit("ledger.core:_begin", "number_of(target.mark)", "number_of(target.mark + tick.attempt_id)")
_NO_NUMBER = (
    _FRESH_NUMBER,
    Edit("ledger.core:_begin", "link.random_number or (", "(tick.attempt_id[-4:] + link.contract_id[-4:]) or ("),
)

MUTANTS = (
    Mutant(
        name="no_intent",
        sentence="a write is sent without an attempt that is kept before it",
        edits=(Edit("ledger.core:_begin", ".with_link(link).with_attempt(attempt)", ".with_link(link)"),),
        fault=Fault.KILLED_AFTER_SERVER_COMMIT,
    ),
    Mutant(
        name="no_revision_guard",
        sentence="what was resolved from an older revision is carried out for the newer one",
        edits=(
            Edit("ledger.core:_continue", "record is None or record.observed_rev != revision", "record is None"),
            Edit("ledger.core:start", "record is None or record.observed_rev != revision", "record is None"),
        ),
        fault=Fault.CHANGED_WHILE_EXPORTED,
        also=(Fault.TWO_CLAIM_AT_ONCE,),
    ),
    Mutant(
        name="completion_clears_newer_change",
        sentence="the end of an attempt counts for the newest revision instead of its own",
        edits=(
            Edit(
                "ledger._completing:_took_effect",
                "applied_rev=attempt.target_rev",
                "applied_rev=dossier.record.observed_rev",
            ),
        ),
        fault=Fault.CHANGED_WHILE_EXPORTED,
    ),
    Mutant(
        name="acknowledged_before_commit",
        sentence="1C is told to forget changes before they are kept",
        edits=(
            Edit(
                "plans.collect:collect",
                "refs = yield from _news(run, batch.stamps)",
                "yield from ask(Acknowledge(batch.cursor)) if batch.cursor else iter(())\n"
                "        refs = yield from _news(run, batch.stamps)",
            ),
        ),
        fault=Fault.KILLED_DURING_COLLECT,
    ),
    Mutant(
        name="cursor_before_documents",
        sentence="the cursor moves before what it stands for is kept",
        edits=(
            Edit(
                "plans.collect:collect",
                "refs = yield from _news(run, batch.stamps)",
                "yield from ask(TransactAll([], cursor=batch.cursor)) if batch.cursor else iter(())\n"
                "        yield from _acknowledge(adapter, batch.cursor) if batch.cursor else iter(())\n"
                "        refs = yield from _news(run, batch.stamps)",
            ),
        ),
        fault=Fault.KILLED_DURING_COLLECT,
    ),
    Mutant(
        name="fence_ignored",
        sentence="an end is accepted from whoever brings it",
        edits=(
            Edit("ledger._completing:is_current", "and kept.fence == link.fence", ""),
            Edit("ledger._completing:is_current", "and attempt.fence == link.fence", ""),
            Edit("ledger._completing:is_current", "and kept.is_open", ""),
        ),
        fault=Fault.SLEEPS_PAST_LEASE,
    ),
    Mutant(
        name="lease_ignored",
        sentence="a document is taken from a worker who is at work on it",
        edits=(Edit("ledger._claiming:held_by_another", "link.lease_until > tick.now", "False"), *_NO_NUMBER),
        fault=Fault.TWO_CLAIM_AT_ONCE,
        without="the number of a create",
        seed=60,
    ),
    Mutant(
        name="send_by_ignored",
        sentence="whoever wakes up after his lease sends all the same",
        edits=(Edit("sim_worker:Process._send", "self.moment() > send_by", "False"),),
        fault=Fault.SLEEPS_PAST_LEASE,
    ),
    Mutant(
        name="deadline_by_steady_clock_alone",
        sentence="a machine that stood still does not notice",
        edits=(
            Edit(
                "sim_worker:Process.moment",
                "max(dt.timedelta(seconds=self.monotonic() - then), self.now() - wall)",
                "dt.timedelta(seconds=self.monotonic() - then)",
            ),
        ),
        fault=Fault.SLEEPS_PAST_LEASE,
    ),
    Mutant(
        name="failed_read_is_gone",
        sentence="a payment that could not be read is taken for deleted",
        edits=(Edit("plans.look:_look_at", "except ObjectMissing", "except BillManager1CError"),),
        fault=Fault.TIMEOUT_BEFORE_COMMIT,
        also=(Fault.SLOW_DOWN, Fault.LICENCE_ERROR, Fault.TIMEOUT_AFTER_COMMIT, Fault.EMPTY_200),
        seed=5,
    ),
    Mutant(
        name="cancel_believed",
        sentence="a cancel that could not read the payment is taken for done",
        edits=(
            Edit("plans.cancel:cancel", "except ObjectMissing:", "except BillManager1CError:"),
            Edit(
                "plans.cancel:cancel",
                "except ObjectMissing as error:\n            if not is_payment(error):\n                raise",
                "except BillManager1CError:",
            ),
        ),
        fault=Fault.UNPOSTED_DURING_CREATE,
        also=(Fault.TIMEOUT_BEFORE_COMMIT, Fault.MANY_VANISH),
        seed=50,
    ),
    Mutant(
        name="missing_from_list_is_deleted",
        sentence="a document that a list does not show is taken for deleted",
        edits=(
            Edit(
                "plans.collect:_ask_for_the_missing",
                "yield from take_in(run, hidden, tally)",
                "gone = [MissingDocument(ref=ref) for ref in hidden]\n"
                "        yield from ask(TransactAll([(item.ref, _taking_in(run, item)) for item in gone]))",
            ),
        ),
        fault=Fault.EMPTY_CHANGES,
    ),
    Mutant(
        name="write_by_get",
        sentence="writes go by GET, which proxies repeat",
        edits=(Edit("client._conversation:Conversation._call", "WireRequest(", 'WireRequest(method="GET",'),),
        fault=Fault.PROXY_RESENDS_GETS,
    ),
    Mutant(
        name="generation_reused",
        sentence="what follows a cancelled payment has its mark and its number",
        edits=(Edit("ledger._completing:new_generation", "gen=link.gen + 1", "gen=link.gen"),),
        fault=Fault.UNPOSTED_DURING_CREATE,
    ),
    # That a new generation does not wait is seen by the explicit-state model (tests/model, SABOTAGES): here it takes
    # four faults on one line within ten minutes, which no seed of a hundred has.
    Mutant(
        name="credit_by_search",
        sentence="the newest payment of the payer is credited instead of the one with our id",
        edits=(
            Edit(
                "plans.perform:_credit",
                "payment_id, target = _payment_id(step), _target(step)",
                "target = _target(step)\n"
                "    rows = yield from ask(Walk(ListPayments(payer_id=target.payer_id)))\n"
                "    payment_id = max((row.id for row in rows), default=_payment_id(step))",
                uses=("plans.effects:Walk", "api:ListPayments"),
            ),
        ),
        fault=Fault.KILLED_BETWEEN_BIND_AND_CREDIT,
    ),
    Mutant(
        name="sweep_off",
        sentence="nobody looks for payments with our marks before something is created",
        edits=(Edit("plans.export:prepare_batch", "not run.swept", "False"), *_NO_NUMBER),
        fault=Fault.STORE_DELETED,
        without="the number of a create",
    ),
    Mutant(
        name="number_fresh_per_attempt",
        sentence="every create has a number of its own",
        edits=_NO_NUMBER,
        fault=Fault.TWO_INSTALLATIONS,
        seed=40,
    ),
    Mutant(
        name="unknown_is_not_done",
        sentence="a create that was not answered is taken for not done",
        edits=(
            Edit(
                "plans.look:_look_for_created",
                "attempt, target = step.attempt, step.attempt.target",
                'return Looked(finding=Finding.NO_EFFECT, reason="never mind")\n'
                "    attempt, target = step.attempt, step.attempt.target",
            ),
            *_NO_NUMBER,
        ),
        fault=Fault.TIMEOUT_AFTER_COMMIT,
        without="the number of a create",
    ),
    Mutant(
        name="unknown_is_done",
        sentence="a credit that was not answered is taken for done",
        edits=(
            Edit(
                "plans.look:_look_at",
                "attempt, target = step.attempt, step.attempt.target",
                "return Looked(finding=Finding.TOOK_EFFECT)\n    attempt, target = step.attempt, step.attempt.target",
            ),
        ),
        fault=Fault.TIMEOUT_BEFORE_COMMIT,
    ),
    Mutant(
        name="timeout_is_not_sent",
        sentence="silence is taken for a request that never left",
        edits=(
            Edit("plans.answers:explain", "isinstance(error, NotSent)", "True"),
            *_NO_NUMBER,
        ),
        fault=Fault.TIMEOUT_AFTER_COMMIT,
        without="the number of a create",
    ),
    Mutant(
        name="update_without_read_back",
        sentence="a change is believed without reading the payment back",
        edits=(Edit("plans.perform:_confirm", "if left:", "if False:"),),
        fault=Fault.RENUMBERED,
        also=(Fault.CHANGED_WHILE_EXPORTED,),
        seed=24,
    ),
    Mutant(
        name="cancel_without_taking_back",
        sentence="a payment is said to be cancelled, and nothing is done",
        edits=(
            Edit(
                "plans.cancel:cancel",
                "payment_id, send_by = step.attempt.payment_id, step.attempt.send_by",
                "return Done()\n    payment_id, send_by = step.attempt.payment_id, step.attempt.send_by",
            ),
        ),
        fault=Fault.UNPOSTED_DURING_CREATE,
    ),
    Mutant(
        name="twin_check_off",
        sentence="what was typed in by hand is exported once more",
        edits=(Edit("plans.twins:_is_twin", "shown.status == PaymentStatus.CREDITED", "False"),),
        fault=Fault.TYPED_IN_BEFORE,
    ),
    Mutant(
        name="breaker_off",
        sentence="a run may cancel everything",
        edits=(Edit("plans.run:Breaker.trips", "changed > self.documents", "False"),),
        fault=Fault.MANY_VANISH,
    ),
    Mutant(
        name="debts_ignored",
        sentence="a line grows while another of its document still has money to give back",
        edits=(Edit("ledger.core:_choose", "debtor and grows(dossier, link, step)", "False"),),
        fault=Fault.CHANGED_WHILE_EXPORTED,
        also=(Fault.TIMEOUT_BEFORE_COMMIT, Fault.SLOW_DOWN),
        seed=36,
    ),
    Mutant(
        name="persons_change_overwritten",
        sentence="what a person made of a payment is written over",
        edits=(
            Edit(
                "plans.shown:person_changed", "if shown.status != PaymentStatus.CREDITED:", "return None\n    if False:"
            ),
            Edit("plans.sweep:sweep", "yield from _check_sums(run, rows)", "pass"),
        ),
        fault=Fault.PERSON_EDITS,
    ),
    Mutant(
        name="missing_made_again",
        sentence="a payment that a person deleted is made again unasked",
        edits=(
            Edit(
                "ledger._needs:settle",
                "link.state is LinkState.REMOTE_MISSING and isinstance(want, Unwanted)",
                "link.state is LinkState.REMOTE_MISSING",
            ),
        ),
        fault=Fault.PERSON_DELETES,
    ),
    Mutant(
        name="refusal_is_for_ever",
        sentence="what was refused for want of data is never tried again",
        edits=(
            Edit(
                "ledger._needs:settle",
                "link.state is LinkState.QUARANTINED and waits(link, tick)",
                "link.state is LinkState.QUARANTINED",
            ),
        ),
        fault=Fault.METHOD_CHANGED,
    ),
    Mutant(
        name="no_pause_after_failure",
        sentence="what failed is tried again at once, for ever",
        edits=(
            Edit(
                "ledger._completing:_failed",
                "next_attempt_at=tick.now + terms.pause(failures, tick.jitter)",
                "next_attempt_at=None",
            ),
        ),
        fault=Fault.PAYER_SUSPENDED,
    ),
    Mutant(
        name="credited_before_it_is_marked",
        sentence="a payment is credited before its fields and its mark are written",
        edits=(
            Edit("ledger._needs:next_step", "link.written == want and link.written_rev == record.observed_rev", "True"),
        ),
        fault=Fault.KILLED_AFTER_ANSWER,
    ),
    Mutant(
        name="answer_of_another_accepted",
        sentence="an answer is not asked whose it is",
        edits=(Edit("api._codec:_check_signature", "signed = document", "return\n    signed = document"),),
        fault=Fault.ANSWER_OF_ANOTHER,
    ),
    Mutant(
        name="pause_ignored",
        sentence="a paused exchange goes on",
        edits=(Edit("plans.export:check_switch", "switch.paused is not None", "False"),),
        fault=Fault.PAUSED_WITH_UNKNOWN,
    ),
    Mutant(
        name="marks_of_another_base",
        sentence="a mark counts whatever infobase it is of",
        edits=(Edit("plans.sweep:bind_marked", "mark.base == short_hash(run.terms.base)", "True"),),
        fault=Fault.SAME_NUMBER,
    ),
    Mutant(
        name="journal_forgets",
        sentence="the journal does not tell of links",
        edits=(Edit("ledger.journal:entries", '{"link": _difference(old, link)}', '{"link": {}}'),),
        fault=Fault.REPOSTED_UNCHANGED,
    ),
    Mutant(
        name="secret_is_logged",
        sentence="a request is logged with its body",
        edits=(
            Edit(
                "client._conversation:Conversation._call",
                '_log.debug("%s: HTTP %s, %s bytes", request.function, reply.status, len(reply.body))',
                '_log.info("%s: %s", request.function, request.body)',
            ),
        ),
        fault=Fault.HTML_200,
    ),
    Mutant(
        name="bill_of_another_sum",
        sentence="a client's bill is taken though it is of another sum than his money",
        edits=(Edit("plans.bills:_fits", "row.amount.amount == shown.amount == target.amount", "True"),),
        fault=Fault.REPOSTED_UNCHANGED,
    ),
    Mutant(
        name="bill_nobody_named",
        sentence="a client's bill is taken though the purpose does not name it",
        edits=(
            Edit("plans.bills:_is_named", "return bool(row.number) and", "return True or"),
            Edit("plans.bills:_fits", "row.amount.amount == shown.amount == target.amount", "True"),
        ),
        fault=Fault.REPOSTED_UNCHANGED,
    ),
    Mutant(
        name="bill_deleted",
        sentence="a client's own bill is deleted when his money goes",
        edits=(Edit("plans.cancel:cancel", "if step.bill:", "if False:"),),
        fault=Fault.DELETED_THEN_RESTORED,
    ),
    Mutant(
        name="bill_kept_changed",
        sentence="a bill is given back with the purpose, and perhaps the sum, of another revision",
        edits=(Edit("plans.cancel:_as_it_was", "if original is None or", "if True or"),),
        fault=Fault.UNPOSTED_DURING_CREATE,
        seed=26,
    ),
    Mutant(
        name="bill_marked_late",
        sentence="an edit that puts our mark on a bill after it was given back is not waited for",
        edits=(
            Edit("ledger._completing:_absent", "attempt.op in _TO_A_BILL and", "attempt.op is AttemptOp.CREDIT and"),
        ),
        fault=Fault.COMMIT_AFTER_WE_GAVE_UP,
        also=(Fault.UNPOSTED_DURING_CREATE,),
        seed=16,
    ),
    Mutant(
        name="bill_of_another_installation",
        sentence="a bill that carries the mark of this line is not taken for it",
        edits=(
            Edit("plans.bills:_take", "elif mark is not None and", "elif False and"),
            Edit("plans.export:prepare_batch", "not run.swept", "False"),
        ),
        fault=Fault.TWO_INSTALLATIONS,
        without="the sweep",
    ),
    Mutant(
        name="owners_of_yesterday",
        sentence="a payment is made for the client who had the subaccount when the accounts were loaded",
        edits=(Edit("plans.export:prepare_batch", "yield from load_owners(run)", "pass"),),
        fault=Fault.ACCOUNT_MOVED,
    ),
    Mutant(
        name="abandoned_is_no_debt",
        sentence="what stands for an abandoned line does not count as money of its document",
        edits=(
            Edit(
                "ledger.core:_choose",
                "debtor or (link if owes(dossier, link, record) else None)\n            continue",
                "debtor\n            continue",
            ),
        ),
        fault=Fault.RETRY_TWICE,
    ),
)
"""The table of ``nox -s mutants``."""
