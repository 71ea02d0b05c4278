"""Faults by name: armed by a test, taken by a simulator, counted."""

from __future__ import annotations

import enum
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Self, TypeAlias

import attrs

Where: TypeAlias = str | Collection[str] | Callable[[object], bool] | None
"""Which requests a fault is for: a function of BILLmanager or a resource of 1C by name, several of them,
a predicate on the request as the simulator's core sees it, or any."""


class Fault(enum.StrEnum):
    """What can go wrong on the wire and behind it. A member is its name; options are given with their defaults."""

    #: its number in the list of faults of the protocol, None where it has none there
    number: int | None
    #: what happens, in one sentence
    sentence: str
    #: the options it takes and their defaults
    defaults: Mapping[str, object]

    def __new__(
        cls, name: str, number: int | None = None, sentence: str = "", /, *defaults: tuple[str, object]
    ) -> Self:
        """Make the member from its name, number, sentence and options."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.number = number
        member.sentence = sentence
        member.defaults = MappingProxyType(dict(defaults))
        return member

    @classmethod
    def _missing_(cls, value: object) -> Fault | None:
        raise ValueError(_no_such_fault(value, cls))

    # what the client sees: nothing
    TIMEOUT_BEFORE_COMMIT = ("timeout_before_commit", 22, "Nothing is done and no answer comes.")
    LOST_ANSWER = ("lost_answer", 23, "The request is carried out and no answer comes.")
    LATE_COMMIT = (
        "late_commit",
        24,
        "No answer comes; the request is carried out `delay` seconds later on the simulator's clock, or by settle().",
        ("delay", 600.0),
    )
    SLOW_ANSWER = (
        "slow_answer",
        None,
        "The request is carried out; its answer comes `seconds` late.",
        ("seconds", 60.0),
    )
    RESET = ("reset", None, "Nothing is done and the connection is reset.")
    RESET_AFTER_HEADERS = (
        "reset_after_headers",
        26,
        "The connection is reset after the headers and `at` bytes of the body.",
        ("at", 0),
        ("commit", True),
    )
    DOWN = ("down", 36, "Nobody listens: refused in process, reset over a socket. Arm it with times=None.")

    # what the client sees: something else
    FOREIGN_ANSWER = (
        "foreign_answer",
        25,
        "The answer given last to another request (of function `of`, if named) comes instead of ours.",
        ("of", None),
        ("commit", True),
    )
    TRUNCATED_JSON = (
        "truncated_json",
        27,
        "The body stops at `at` bytes (None: in its middle) and HTTP does not notice.",
        ("at", None),
        ("commit", True),
    )
    HTML_200 = ("html_200", 28, "A web page comes with status 200.", ("commit", False))
    EMPTY_200 = ("empty_200", 29, "An empty body comes with status 200.", ("commit", True))
    PROXY_502_BEFORE = ("proxy_502_before", 30, "A proxy answers 502 with a page; the request never got through.")
    PROXY_502_AFTER_COMMIT = ("proxy_502_after_commit", 30, "A proxy answers 502 with a page, after the commit.")
    PROXY_REPEATS_GET = ("proxy_repeats_get", 31, "A proxy sends a GET twice and shows the second answer.")
    REDIRECT = (
        "redirect",
        38,
        "The answer points to `location`.",
        ("location", "https://elsewhere.example/billmgr"),
        ("status", 302),
    )

    # what BILLmanager says
    SESSION_EXPIRES = ("session_expires", 32, "Every session ends before this request of a session is read.")
    LICENCE_ERROR = ("licence_error", 33, "BILLmanager's licence does not work: nothing is done.")
    ACCESS_DENIED = ("access_denied", 34, "The function is not for this user: nothing is done.")
    SLOW_DOWN = (
        "slow_down",
        35,
        "Too many requests: nothing is done. An error of type `limit`, or HTTP `status` where one is given.",
        ("status", None),
    )
    CAPTCHA = ("captcha", None, "The log-in function asks for a captcha.")
    TWO_FACTOR = ("two_factor", None, "The call is answered by the way to the second factor: nothing is done.")
    FORM_WITHOUT_OK = ("form_without_ok", None, "`sok` is lost on the way: the form comes back and nothing is saved.")

    # what BILLmanager shows and keeps
    STALE_LISTS = ("stale_lists", 39, "The list shows the state of `seconds` ago.", ("seconds", 60.0))
    ROWS_SHIFT = (
        "rows_shift",
        40,
        "From the second page on, rows have moved down by `by`: repeated if positive, skipped if negative.",
        ("by", 1),
    )
    LIST_CUT = ("list_cut", 41, "The list has `rows` rows (None: half of them) and says nothing.", ("rows", None))
    STICKY_FILTER = (
        "sticky_filter",
        41,
        "A person has left the filter `fields` on this list under the same user.",
        ("fields", MappingProxyType({"status": "1"})),
    )
    DROPS_FIELDS = (
        "drops_fields",
        None,
        "An edit drops `fields` without a word, as rights on fields do.",
        ("fields", ("documentnumber", "documentdate", "info")),
    )
    RESETS_PAYDATE = ("resets_paydate", None, "Crediting sets the payment date to now.")

    # 1C
    ONEC_LOCKED = ("onec_locked", 55, "The infobase is closed for maintenance.")
    ONEC_500 = ("onec_500", 56, "1C fails inside: status 500 with a text.")
    ONEC_NO_SESSION = ("onec_no_session", 57, "No free session or licence: status 406.")
    ONEC_EMPTY_LIST = ("onec_empty_list", 69, "The list is empty although there are rows.")
    ONEC_SLOW = ("onec_slow", None, "The answer comes `seconds` late.", ("seconds", 60.0))
    ONEC_HTML = ("onec_html", None, "A web page comes with status 200.")
    ONEC_TRUNCATED = ("onec_truncated", None, "The body stops at `at` bytes (None: in its middle).", ("at", None))
    ONEC_UNAUTHORIZED = ("onec_unauthorized", None, "The user or the password is refused.")


def _no_such_fault(name: object, known: Iterable[Fault]) -> str:
    names = sorted(fault.value for fault in known)
    close = get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"There is no fault {str(name)!r} here.{hint} There are: {', '.join(names)}."


ONEC_FAULTS: frozenset[Fault] = frozenset(
    {fault for fault in Fault if fault.name.startswith("ONEC_")}
    | {
        Fault.DOWN,
        Fault.EMPTY_200,
        Fault.HTML_200,
        Fault.LOST_ANSWER,
        Fault.PROXY_502_AFTER_COMMIT,
        Fault.PROXY_502_BEFORE,
        Fault.PROXY_REPEATS_GET,
        Fault.REDIRECT,
        Fault.RESET,
        Fault.RESET_AFTER_HEADERS,
        Fault.SLOW_ANSWER,
        Fault.TIMEOUT_BEFORE_COMMIT,
        Fault.TRUNCATED_JSON,
    }
)
"""What the simulated 1C can do: troubles of its own, and some of those of the wire."""

BILLMANAGER_FAULTS: frozenset[Fault] = frozenset(fault for fault in Fault if not fault.name.startswith("ONEC_"))
"""What the simulated BILLmanager can do."""


@attrs.frozen
class ArmedFault:
    """A fault that waits for its request."""

    fault: Fault
    where: Where = None
    #: how often it will still happen; None means until it is disarmed
    times: int | None = 1
    #: how many matching requests it still lets through
    after: int = 0
    options: Mapping[str, object] = attrs.field(factory=dict)

    def matches(self, subject: str, request: object) -> bool:
        """Say whether the request is one of those it is for."""
        if self.where is None:
            return True
        if callable(self.where):
            return self.where(request)
        return subject == self.where if isinstance(self.where, str) else subject in self.where


class FaultInjector:
    """The faults armed at one simulator. Safe to use from many threads; the same requests meet the same faults.

    Args:
        known: what the simulator can do; another fault would wait for ever, and cannot be armed.
    """

    def __init__(self, known: Iterable[Fault] = Fault) -> None:
        self.known: frozenset[Fault] = frozenset(known)
        self._lock = threading.Lock()
        self._armed: list[ArmedFault] = []
        self._hits: Counter[str] = Counter()

    def arm(
        self, name: Fault | str, *, where: Where = None, times: int | None = 1, after: int = 0, **options: object
    ) -> None:
        """Arm a fault for the next ``times`` requests that match ``where``, once ``after`` of them went through.

        ``times=None`` means until it is disarmed. Faults of one name armed at one time are taken in turn.

        Raises:
            ValueError: there is no such fault at this simulator; the message lists those there are.
            TypeError: the fault has no such option.
        """
        if name not in self.known:
            raise ValueError(_no_such_fault(name, self.known))
        fault = Fault(name)
        unknown = options.keys() - fault.defaults.keys()
        if unknown:
            raise TypeError(
                f"The fault {fault} has no option {', '.join(sorted(unknown))}; it has {sorted(fault.defaults)}."
            )
        armed = ArmedFault(fault, where, times, after, MappingProxyType({**fault.defaults, **options}))
        with self._lock:
            self._armed.append(armed)

    def disarm(self, name: Fault | str | None = None) -> None:
        """Disarm the faults of this name, or all."""
        fault = None if name is None else Fault(name)
        with self._lock:
            self._armed = [armed for armed in self._armed if fault is not None and armed.fault is not fault]

    @property
    def armed(self) -> tuple[ArmedFault, ...]:
        """What still waits, oldest first."""
        return tuple(self._armed)

    @property
    def unmet(self) -> tuple[ArmedFault, ...]:
        """What still waits and never happened, under its name, to any request."""
        with self._lock:
            return tuple(armed for armed in self._armed if not self._hits[armed.fault.value])

    @property
    def hits(self) -> Counter[str]:
        """How often each fault happened, by its name: a copy."""
        with self._lock:
            return self._hits.copy()

    def fire(self, fault: Fault, subject: str, request: object = None) -> Mapping[str, object] | None:
        """Take the fault for this request: its options if it happens now, else None. For simulators."""
        if not self._armed:  # the usual case costs nothing
            return None
        with self._lock:
            for place, armed in enumerate(self._armed):
                if armed.fault is not fault or not armed.matches(subject, request):
                    continue
                if armed.after:
                    self._armed[place] = attrs.evolve(armed, after=armed.after - 1)
                    continue
                if armed.times is not None:
                    if armed.times > 1:
                        self._armed[place] = attrs.evolve(armed, times=armed.times - 1)
                    else:
                        del self._armed[place]
                self._hits[str(fault.value)] += 1
                return armed.options
        return None
