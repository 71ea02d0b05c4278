"""What type checkers must see of the exception tree: which leaf hangs on which branch. Checked by mypy, never run."""

from __future__ import annotations

from typing import assert_never, assert_type

from billmanager_1c.errors import (
    AccessDenied,
    AddressNotAllowed,
    AnswerTimedOut,
    BadPassword,
    BadReply,
    BaseLocked,
    BillManager1CError,
    BillManagerError,
    BreakerTripped,
    CaptchaRequired,
    CertificateRefused,
    ConnectionFailed,
    ConnectionLost,
    DeadlinePassed,
    DecisionRefused,
    EmptyAnswer,
    EngineDisabled,
    EngineError,
    FieldsDropped,
    ForeignAnswer,
    HtmlAnswer,
    InvalidValue,
    LicenseProblem,
    ListTruncated,
    LoginFailed,
    MethodUnavailable,
    ModuleStillActive,
    NoAnswer,
    NoFreeSession,
    NotPublished,
    NotSaved,
    NotSent,
    ObjectExists,
    ObjectMissing,
    OneCAccessDenied,
    OneCError,
    OneCFailed,
    OneCLoginFailed,
    OneCObjectMissing,
    OneCRefused,
    OversizeAnswer,
    PaymentAlreadyMade,
    PaymentTaken,
    RedirectRefused,
    RefusedByBillManager,
    Repeat,
    ServerFailed,
    SessionExpired,
    SettingsError,
    SlowDown,
    StoreBelongsElsewhere,
    StoreBusy,
    StoreError,
    StoreFailed,
    StoreReadOnly,
    StoreTooNew,
    TruncatedAnswer,
    TwoFactorRequired,
    UnknownConfiguration,
    UnknownDocument,
    UnknownFunction,
    UnreadableAnswer,
    WireError,
)

ROOT: list[type[BillManager1CError]] = [SettingsError, WireError, BillManagerError, OneCError, StoreError, EngineError]
SETTINGS: list[type[SettingsError]] = [UnknownConfiguration]
WIRE: list[type[WireError]] = [NotSent, NoAnswer, UnreadableAnswer, RedirectRefused]
NOTHING_LEFT: list[type[NotSent]] = [ConnectionFailed, CertificateRefused, DeadlinePassed]
SILENCE: list[type[NoAnswer]] = [AnswerTimedOut, ConnectionLost]
UNREADABLE: list[type[UnreadableAnswer]] = [
    *(ServerFailed, HtmlAnswer, EmptyAnswer, TruncatedAnswer, OversizeAnswer, ForeignAnswer, BadReply)
]
LOGIN: list[type[LoginFailed]] = [BadPassword, AddressNotAllowed, TwoFactorRequired, CaptchaRequired, SessionExpired]
BILLMANAGER: list[type[BillManagerError]] = [
    *(LoginFailed, AccessDenied, UnknownFunction, ObjectMissing, ObjectExists, InvalidValue, NotSaved),
    *(MethodUnavailable, PaymentAlreadyMade, SlowDown, LicenseProblem, ListTruncated, RefusedByBillManager),
]
ONEC: list[type[OneCError]] = [
    *(OneCLoginFailed, OneCAccessDenied, NotPublished, OneCObjectMissing, BaseLocked, NoFreeSession),
    *(OneCFailed, OneCRefused),
]
STORE: list[type[StoreError]] = [
    *(StoreTooNew, StoreBelongsElsewhere, StoreBusy, StoreReadOnly, StoreFailed, PaymentTaken)
]
ENGINE: list[type[EngineError]] = [
    *(EngineDisabled, ModuleStillActive, FieldsDropped, BreakerTripped, DecisionRefused, UnknownDocument)
]


def what_to_do(error: BillManager1CError) -> str:
    """Every error says whether the call may be repeated, and the three answers are all there are."""
    match error.repeat:
        case Repeat.FREELY:
            return "again"
        case Repeat.LOOK_FIRST:
            return "look"
        case Repeat.NEVER:
            return error.message
        case answer:
            assert_never(answer)


def what_is_known(wire: WireError, billmanager: BillManagerError, reply: BadReply) -> None:
    """Beside the sentence stand the facts."""
    assert_type((wire.system, wire.function), tuple[str, str])
    assert_type(billmanager.message, str)
    assert_type(reply.paths, tuple[str, ...])
