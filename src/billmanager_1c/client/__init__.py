"""The two clients of BILLmanager: the same conversation, blocking and async."""

from typing import TYPE_CHECKING

from ._blocking import BillManagerClient
from ._conversation import AuthMode, ClientOptions

if TYPE_CHECKING:
    from ._asynchronous import AsyncBillManagerClient

__all__ = ["AsyncBillManagerClient", "AuthMode", "BillManagerClient", "ClientOptions"]


def __getattr__(name: str) -> object:
    # Blocking scripts are many and short: they do not pay for an event loop.
    if name == "AsyncBillManagerClient":
        from ._asynchronous import AsyncBillManagerClient

        return AsyncBillManagerClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
