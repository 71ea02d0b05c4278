"""A real browser, driven over a pipe: nothing is needed but Chromium itself.

The browser speaks the DevTools protocol on its file descriptors 3 and 4: JSON texts, each with a zero byte at its end.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: descriptors from here on are nobody's
FREE = 20


def find_browser() -> str | None:
    """Return the path of a Chromium, of whatever name."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page of a browser."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._unread = b""
        self._number = 0
        self._session = ""
        #: what the page wrote to its console, and what it raised
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")
        self.call("Network.setBlockedURLs", urls=["http://*", "https://*"])  # nothing is loaded from anywhere

    def show(self, page: Path, *, width: int, scheme: Literal["light", "dark"] = "light") -> None:
        """Open a file in a window of this width, for somebody who likes it light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        while self._read().get("method") != "Page.loadEventFired":
            pass

    def ask(self, expression: str) -> Any:
        """Evaluate JavaScript and return its value."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def click(self, element: str) -> None:
        """Press the mouse where an element is, given as JavaScript."""
        self.ask(f"{element}.scrollIntoView({{block: 'center'}})")
        box = self.ask(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({element}.getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def photograph(self, file: Path, element: str | None = None) -> None:
        """Save the whole page, or an element of it, as a PNG."""
        region = self.ask(
            "(b => ({x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height, scale: 1}))"
            f"(({element or 'document.documentElement'}).getBoundingClientRect())"
        )
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=region)
        file.write_bytes(base64.b64decode(shot["data"]))

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            pass
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            more = os.read(self._from, 1 << 20)
            assert more, "the browser has gone"
            self._unread += more
        text, self._unread = self._unread.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        if message.get("method") == "Runtime.exceptionThrown":
            details = message["params"]["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        return message


@contextmanager
def browsing(program: str) -> Iterator[Page]:
    """Start a browser and end it."""
    theirs, to_browser = os.pipe()
    from_browser, ours = os.pipe()
    # Not 3 or 4 themselves, or one would be overwritten by the other.
    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, FREE) for end in (theirs, ours))
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
        child = os.posix_spawn(
            program,
            [program, *flags, "--remote-debugging-pipe", f"--user-data-dir={profile}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, reading, 3),
                (os.POSIX_SPAWN_DUP2, writing, 4),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
        )
        for end in (theirs, ours, reading, writing):
            os.close(end)
        try:
            yield Page(to_browser, from_browser)
        finally:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(to_browser)
            os.close(from_browser)
