"""A request as the core sees it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

_SECRETS = frozenset({"authinfo", "auth", "password", "key"})

#: functions that change something whether or not ``sok`` comes with them
_ALWAYS_WRITE = frozenset(
    {
        "payment.setpaid",
        "payment.setnopay",
        "payment.setcanceled",
        "payment.setfraud",
        "payment.setinpay",
        "payment.delete",
    }
)


@attrs.frozen(kw_only=True)
class Request:
    """A call of a function: how, what, from where."""

    func: str
    #: with ``func`` and, if it came as a parameter, the log-in
    params: Mapping[str, str] = attrs.field(repr=lambda params: repr(without_secrets(params)))
    #: of HTTP
    method: str = "POST"
    #: the cookie ``billmgrses5``
    cookie: str = attrs.field(default="", repr=False)
    ip: str = "127.0.0.1"
    host: str = "https://billmanager.test"

    @property
    def lang(self) -> str:
        """``ru`` or ``en``."""
        return "en" if self.params.get("lang") == "en" else "ru"

    @property
    def saves(self) -> bool:
        """True if ``sok`` came: the form is to be saved, not shown."""
        return self.params.get("sok") == "ok"

    @property
    def writes(self) -> bool:
        """True if it asks for a change."""
        return self.func in _ALWAYS_WRITE or (self.saves and self.func not in {"auth", "logon"})


def without_secrets(params: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters without log-ins, passwords and sessions."""
    return {name: value for name, value in params.items() if name not in _SECRETS}
