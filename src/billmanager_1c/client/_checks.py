"""What a client is given, checked before anything is sent."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ..api import AuthInfo
from ..errors import SettingsError

T = TypeVar("T")


def checked_url(url: str) -> str:
    """Return the address if BILLmanager may be there. No message repeats it: somebody may have put a password in it."""
    example = "it looks like https://billing.example:1500/billmgr"
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"BILLmanager's address is not a valid URL; {example}.") from None
    if parts.scheme not in {"http", "https"}:
        raise SettingsError(f"BILLmanager's address must begin with https:// (or http://); {example}.")
    if not host:
        raise SettingsError(f"BILLmanager's address names no host; {example}.")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("BILLmanager's address must not hold a log-in; give username= and password= instead.")
    if parts.query or parts.fragment:
        raise SettingsError(f"BILLmanager's address must end with its path, without ? and #; {example}.")
    return url.strip()


def checked_zone(timezone: str | dt.tzinfo) -> dt.tzinfo:
    if isinstance(timezone, dt.tzinfo):
        return timezone
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):  # not found; not a name; a folder of names
        message = (
            f"There is no time zone {timezone!r}; it looks like Europe/Moscow. Some systems want: pip install tzdata"
        )
    raise SettingsError(message)


def checked_login(username: str, password: str) -> AuthInfo:
    if not username or not password:
        raise SettingsError("The BILLmanager user name or the password is empty.")
    if ":" in username:
        raise SettingsError("The BILLmanager user name has a colon in it, where authinfo would be cut.")
    for name, text in (("user name", username), ("password", password)):
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise SettingsError(f"The BILLmanager {name} is not valid text.")
    return AuthInfo(username, password)


def one_of(name: str, value: T, *allowed: T) -> T:
    if value not in allowed:
        raise SettingsError(f"{name} must be one of {', '.join(map(repr, allowed))}, and is {value!r}.")
    return value
