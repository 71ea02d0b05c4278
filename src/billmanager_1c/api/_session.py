"""Who we are, and sessions (billmanager-api.md §1.2, §1.4)."""

from __future__ import annotations

import attrs

from ..models import Employee
from ._codec import SessionId
from ._dialect import Dialect
from ._document import Document
from ._operation import Call, Operation


@attrs.frozen
class Whoami(Operation[Employee]):
    """Ask who we are. It changes nothing and needs no right: the way to test a connection."""

    def call(self, dialect: Dialect) -> Call:
        """Return the call."""
        return Call("whoami")

    def read(self, document: Document, dialect: Dialect) -> Employee:
        """Read the user; the version is a courtesy."""
        user = document.child("user")
        if user is None:
            document.missing("user")
            return Employee(id=0, name="", level=0)
        number, name, level = (user.attribute(part) or user.text(part) for part in ("id", "name", "level"))
        for part, value in (("$id", number), ("$level", level)):
            if not value.isascii() or not value.isdigit() or len(value) > 18:
                user.missing(part)
                return Employee(id=0, name="", level=0)
        manager = document.child("mgr")
        return Employee(
            id=int(number),
            name=name,
            level=int(level),
            realname=user.attribute("realname"),
            version=manager.attribute("version") if manager else "",
        )


@attrs.frozen
class LogIn(Operation[SessionId]):
    """Open a session. Clients do it by themselves with ``auth="session"``."""

    username: str
    password: str = attrs.field(repr=False)

    def call(self, dialect: Dialect) -> Call:
        """Return the call; the answer may be signed by whatever BILLmanager opens first."""
        return Call("auth", {"username": self.username, "password": self.password}, family="")

    def read(self, document: Document, dialect: Dialect) -> SessionId:
        """Read the session: ``$id`` in newer versions, the text in older ones (§1.2)."""
        auth = document.child("auth")
        value = (auth.attribute("id") or auth.own_text) if auth else ""
        if not value:
            document.missing("auth")
        return SessionId(value)


@attrs.frozen
class LogOut(Operation[None]):
    """End the session it is sent with. Doing it twice does no harm."""

    def call(self, dialect: Dialect) -> Call:
        """Return the call; a log-in form may be the answer."""
        return Call("logon", {"sok": "ok"}, family="")

    def read(self, document: Document, dialect: Dialect) -> None:
        """Accept any answer."""
