"""Every fault that the protocol must survive, by number and name (protocol.md §3), with how it is armed."""

from __future__ import annotations

import enum
from collections import Counter


class Fault(enum.Enum):
    """A fault: its number in the protocol and what happens. The member's name is the fault's name."""

    def __init__(self, number: int, sentence: str) -> None:
        self.number = number
        self.sentence = sentence

    @property
    def title(self) -> str:
        """Number and name, as the story tells it."""
        return f"{self.number} {self.name.lower().replace('_', ' ')}"

    # the process
    KILLED_BEFORE_INTENT = 1, "the worker is killed before its intent commits"
    KILLED_AFTER_INTENT = 2, "the worker is killed after its intent committed, before the first byte"
    KILLED_MID_REQUEST = 3, "the worker is killed while its request is on the way"
    KILLED_AFTER_SERVER_COMMIT = 4, "the worker is killed after BILLmanager has carried the request out"
    KILLED_AFTER_ANSWER = 5, "the worker is killed after the answer came, before it commits"
    KILLED_DURING_COMMIT = 6, "the worker is killed during its commit"
    KILLED_BETWEEN_BIND_AND_CREDIT = 7, "the worker is killed between bind and credit"
    KILLED_AFTER_CREDIT_ANSWER = 8, "the worker is killed between the credit's answer and its commit"
    KILLED_DURING_COLLECT = 9, "the worker is killed while it collects"
    KILLED_BETWEEN_COLLECT_AND_ACK = 10, "the worker is killed between collect and acknowledge"
    SIGTERM_IN_BATCH = 11, "the worker is asked to stop in the middle of a batch"
    TWO_CLAIM_AT_ONCE = 12, "two workers come for one document at once"
    SLEEPS_PAST_LEASE = 13, "the worker sleeps past its lease, wakes and sends"
    CLOCK_JUMPS = 14, "the worker's clock is an hour fast, an hour slow, or steps back"
    CALENDAR_EDGE = 15, "the night clocks are put back, and a document of the last minute of a month"
    STORE_FROM_YESTERDAY = 16, "the store is put back from a backup"
    STORE_DELETED = 17, "the store is deleted"
    DISK_FULL = 18, "the disk is full at an intent or at a completion"
    DATABASE_BUSY = 19, "the database is busy past its timeout"
    COMMIT_UNKNOWN = 20, "a commit succeeds and is reported as failed"
    NEWER_SCHEMA = 21, "the store has a newer schema"
    # the wire
    TIMEOUT_BEFORE_COMMIT = 22, "the request is lost on the way"
    TIMEOUT_AFTER_COMMIT = 23, "the answer is lost on the way"
    COMMIT_AFTER_WE_GAVE_UP = 24, "the request takes effect ten minutes after we gave up"
    ANSWER_OF_ANOTHER = 25, "the answer to another request comes"
    RESET_AFTER_HEADERS = 26, "the connection is reset after the headers"
    TRUNCATED_JSON = 27, "the answer stops in the middle"
    HTML_200 = 28, "a web page comes with status 200"
    EMPTY_200 = 29, "an empty body comes with status 200"
    PROXY_502_AFTER_COMMIT = 30, "a proxy answers 502 after the commit"
    PROXY_RESENDS_GETS = 31, "a proxy in our way sends every GET twice"
    SESSION_EXPIRES = 32, "the session ends in the middle of a batch"
    LICENCE_ERROR = 33, "BILLmanager's licence does not work"
    ACCESS_DENIED = 34, "one function is denied"
    SLOW_DOWN = 35, "BILLmanager asks for fewer requests"
    DOWN_FOR_HOURS = 36, "BILLmanager is down for eight hours"
    CERTIFICATE_CHANGED = 37, "BILLmanager's certificate is not the trusted one"
    REDIRECTED = 38, "the answer points to another host"
    # BILLmanager's data
    LISTS_STALE = 39, "lists show the state of a minute ago"
    ROWS_SHIFT = 40, "rows move between two pages"
    LIST_CUT = 41, "a list is cut without a word, by rows or by a filter that a person left on it"
    PERSON_DELETES = 42, "a person deletes our payment"
    PERSON_EDITS = 43, "a person edits the amount of our payment"
    PERSON_REFUNDS = 44, "a person refunds our payment or marks it as fraud"
    TYPED_IN_BEFORE = 45, "a person has typed the money in before us"
    ACCOUNT_MOVED = 46, "a subaccount moves to another client"
    PAYER_SUSPENDED = 47, "the payer is suspended between resolve and create"
    PAYER_INN_CHANGED = 48, "the payer's INN changes, or another payer gets the same"
    METHOD_CHANGED = 49, "the payment method is renamed or deleted, or a second one matches"
    COMPANY_INN_CHANGED = 50, "the company's INN changes"
    INERT_PAYMENT_TOUCHED = 51, "the client pays our inert payment, or deletes it, before we credit it"
    IDS_REUSED = 52, "BILLmanager is restored from a backup and gives ids again"
    MANY_VANISH = 53, "many payments must go at once"
    CREDIT_CALLED_TWICE = 54, "a credit is delivered twice"
    # 1C
    BASE_LOCKED = 55, "the infobase is locked"
    ODATA_500 = 56, "1C fails with a text"
    NO_FREE_LICENCE = 57, "1C has no free licence"
    CHANGED_WHILE_EXPORTED = 58, "the document changes while it is exported"
    REPOSTED_UNCHANGED = 59, "the document is posted again without a change"
    UNPOSTED_DURING_CREATE = 60, "the document is unposted while its payment is created"
    DELETED_THEN_RESTORED = 61, "the document is deleted, and comes back"
    RENUMBERED = 62, "the document gets another number and date"
    SAME_NUMBER = 63, "two documents of two years, and of two infobases, have one number"
    BATCH_TWICE = 64, "a batch of changes is delivered twice"
    HALF_WRITTEN_FILE = 65, "the exchange file ends in the middle"
    WRONG_ENCODING = 66, "the exchange file is in another encoding"
    STRANGE_AMOUNTS = 67, "an amount with a comma, a space, three decimals, zero, or below zero"
    CURRENCY_MISMATCH = 68, "a document in another currency than its subaccount"
    EMPTY_CHANGES = 69, "the list of changes is empty although there are some"
    NODE_MADE_ANEW = 70, "the exchange node is made anew"
    # the operator
    PAUSED_WITH_UNKNOWN = 71, "the exchange is paused while an outcome is unknown"
    STALE_PLAN = 72, "a plan is applied after its document moved on"
    RETRY_TWICE = 73, "a person asks for a retry twice"
    TWO_INSTALLATIONS = 74, "a second installation works for the same base"
    UPGRADED = 75, "the library is upgraded with open attempts"


BY_NUMBER = {fault.number: fault for fault in Fault}

DOUBLES = (Fault.COMMIT_UNKNOWN, Fault.HALF_WRITTEN_FILE, Fault.WRONG_ENCODING, Fault.NODE_MADE_ANEW)
"""Armed at the store's or the adapter's seam, for no shipped implementation can have them (protocol.md §3)."""


class Hits(Counter[Fault]):
    """How often each fault took effect."""
