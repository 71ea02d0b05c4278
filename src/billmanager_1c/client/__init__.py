"""The two clients of BILLmanager: the same conversation, blocking and async."""

from ._asynchronous import AsyncBillManagerClient
from ._blocking import BillManagerClient
from ._conversation import AuthMode, ClientOptions

__all__ = ["AsyncBillManagerClient", "AuthMode", "BillManagerClient", "ClientOptions"]
