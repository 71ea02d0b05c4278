"""A counterexample, told so that a person can read it."""

from __future__ import annotations

from model_bank import CANCELLED, CREDITED, NEW, Reply, Request
from model_core import Core
from model_papers import NAMES
from model_search import Event, State, Violation

from billmanager_1c.ledger import Done, Failed, Looked, LookedBack, Refused

_STATUS = {NEW: "inert", CREDITED: "credited", CANCELLED: "cancelled"}


def story(violation: Violation, core: Core) -> str:
    """Tell what happened, step by step, and how things stand then."""
    lines = [f"VIOLATION: {violation.claim}"]
    lines += [f"{number:4}. {_event(event)}" for number, event in enumerate(violation.events, 1)]
    if violation.ending:
        lines.append("Now let no more faults happen, whoever works die, and one worker run until nothing changes:")
        first = len(violation.events) + 1
        lines += [f"{number:4}. {_event(event)}" for number, event in enumerate(violation.ending, first)]
    return "\n".join([*lines, "So it stands:", *(f"      {line}" for line in _standing(violation.rest, core))])


def _event(event: Event) -> str:
    who = "" if event.who is None else f"worker {event.who + 1} "
    match event:
        case Event(what="runs"):
            return f"{who}begins a run"
        case Event(what="reads", detail=reply):
            return f"{who}reads {_reply(reply)}"
        case Event(what="cannot read"):
            return f"{who}reads and gets no answer"
        case Event(what="sends", detail=(tuple(request), reply)):
            return f"{who}sends {_request(request)}, and the answer is {_reply(reply)}"
        case Event(what="tells", detail=answer):
            return f"{who}tells the core {_answer(answer)}"
        case Event(what="no answer", detail=tuple(request)):
            return f"{who}sends {_request(request)}, and gets no answer"
        case Event(what="cannot send" | "does not send" as what, detail=tuple(request)):
            return f"{who}{what} {_request(request)}" + (": its time is over" if what == "does not send" else "")
        case Event(what="refused" | "done and refused" as what, detail=tuple(request)):
            return f"{who}sends {_request(request)}, and is refused" + (
                ", though it was done" if "done" in what else ""
            )
        case Event(what="killed", detail=tuple(request)):
            return f"{who}is killed while it sends {_request(request)}"
        case Event(what="killed", detail=detail):
            return f"{who}is killed {detail}"
        case Event(what="cannot go on"):
            return f"{who}cannot go on"
        case Event(what="sleeps"):
            return f"{who}falls asleep, and its leases run out"
        case Event(what="late", detail=tuple(request)):
            return f"late, BILLmanager carries out {_request(request)}"
        case Event(what="settles", detail=name):
            return f"so much time passes that nothing sent earlier for {name} can take effect any more"
        case Event(what="edited", detail=name):
            return f"1C now says: {name}"
        case Event(what="abandoned", detail=name):
            return f"a person abandons line {name}"
        case Event(what="retried", detail=name):
            return f"a person has line {name} tried again"
    return f"{who}{event.what} {event.detail}"


def _request(request: Request) -> str:
    what, first, second, text, attempt = request
    match what:
        case "create":
            return f"[{attempt}] a create of {first} on subaccount {second} with random number {text}"
        case "edit":
            amount = f"amount {second} and " if second else ""
            return f"[{attempt}] an edit of payment {first}: {amount}{'the mark' if text else 'no mark'}"
    return f"[{attempt}] the {what} of payment {first}"


def _reply(reply: Reply) -> str:
    match reply:
        case int():
            return f"payment {reply}"
        case ("form", id, row):
            return f"that payment {id} is {_row(row)}"
        case ("list", tuple(rows)):
            return f"the list: {', '.join(f'payment {id} of {amount}' for id, _, amount, _ in rows) or 'empty'}"
        case ("holders", frozenset(ids)):
            return f"in the store which of them are held: {sorted(ids) or 'none'}"
    return f"“{reply}”"


def _answer(answer: object) -> str:
    match answer:
        case Done(payment_id=id, lingers=lingers):
            return (
                "that it is done" + (f": payment {id}" if id else "") + (", but the payment lingers" if lingers else "")
            )
        case Refused(reason=reason):
            return f"that it was refused: {reason}"
        case Failed(trouble=trouble):
            return f"that it failed: {trouble.value}"
        case Looked(finding=finding, payment_id=id):
            return f"what it saw: {finding.value}" + (f", payment {id}" if id else "")
        case LookedBack(credited=credited):
            return f"that the cancelled payment stands {'credited' if credited else 'without money'}"
    return "that it could not be read"


def _row(row: tuple[int, int, int, str, str] | None) -> str:
    if row is None:
        return "deleted"
    status, amount, subaccount, mark, _ = row
    where = f" on subaccount {subaccount}" if subaccount else ""
    return f"{_STATUS[status]}, {amount}{where}{', marked' if mark else ''}"


def _standing(state: State, core: Core) -> list[str]:
    dossier = core.dossiers[state.dossier]
    lines = [f"1C says: {dossier.record.digest}"] if dossier.record else []
    for contract, link in dossier.links.items():
        has = f"payment {link.payment_id}" if link.payment_id else "no payment"
        has += f", payment {link.lingering_id} lingers" if link.lingering_id else ""
        has += ", abandoned" if link.abandoned else ""
        lines.append(f"line {NAMES[contract]} (generation {link.gen}) is {link.state.value}: {has}")
    lines += [f"payment {id} is {_row(row)}" for id, row in enumerate(state.bank, 1)]
    return lines + [f"under way: {_request(request)}" for request in state.late]
