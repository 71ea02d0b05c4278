"""The simulator on the wire: the core of ``_core`` behind httpx and behind a socket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx

from .._serving import Answer, Transport, as_answer, serve
from ._core import Core
from ._request import Request


class OneCSimulator(Core, Transport):
    """A 1C infobase with a published OData interface, for tests.

    In process it is a transport: ``httpx.Client(transport=simulator)``, with URLs below :attr:`url`; over a socket,
    ``with simulator.serve() as url``. Both give the address of the publication, which ``ODataAdapter`` takes.
    """

    @property
    def url(self) -> str:
        """The address of the publication for those who use the simulator as a transport."""
        return f"http://onec.test/{self.publication}"

    def answer(self, request: httpx.Request) -> Answer:
        """Answer a request whose body has been read."""
        url = request.url
        port = f":{url.port}" if url.port is not None else ""
        seen = Request(
            method=request.method,
            target=url.raw_path.decode("ascii"),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=request.content,
            host=f"{url.scheme}://{url.host}{port}",
        )
        return as_answer(self.respond(seen), self.now())

    @contextlib.contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
        """Serve over HTTP until the block ends; yield the address of the publication."""
        with serve(self.answer, host, port) as root:
            yield f"{root}/{self.publication}"
