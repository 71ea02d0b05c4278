"""The one room that knows httpx: it sends a request and returns a reply, or raises a leaf of our tree.

- Every call has a deadline for the whole of it: httpx limits single waits only. Each wait gets what is left of it, so
  a server that trickles headers or a body is left at the deadline.
- Nothing is ever sent twice and no redirect is followed.
- Every exception of httpx is translated by a table and kept as the cause, without the request in it: requests hold
  secrets.
- Bodies are limited by their unpacked size, and unpacked no further than that.
"""

from ._deadline import Deadline
from ._leaves import translate
from ._wire import BODY_LIMIT, AsyncTransport, AsyncWire, BlockingTransport, Verify, Wire, WireReply, WireRequest

__all__ = [
    "BODY_LIMIT",
    "AsyncTransport",
    "AsyncWire",
    "BlockingTransport",
    "Deadline",
    "Verify",
    "Wire",
    "WireReply",
    "WireRequest",
    "translate",
]
