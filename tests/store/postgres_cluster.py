"""A PostgreSQL server of one's own, from the programs that are installed: for tests, kills and benchmarks.

It listens on a socket in a folder of its own and on no port, belongs to an unprivileged user where the tests run as
root, and is gone when the process that started it is, even if that was killed.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

MISSING = (
    "PostgreSQL is NOT tested: its server programs (initdb, postgres) are not installed; "
    "on Debian and Ubuntu: apt-get install postgresql"
)
_USUAL = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")

# The watcher holds the end of a pipe. When the other end closes, because its owner closed it or died, it stops the
# server and removes the folder.
_WATCHER = """
folder=$1; shift
exec 3<&0
"$@" <&- 3<&- &
server=$!
cat <&3 >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
cd / && rm -rf "$folder"
"""


def find_programs() -> Path | None:
    """Return the folder of ``initdb`` and ``postgres``: where ``pg_config`` says, or in the usual places."""
    folders: list[Path] = []
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(said.stdout.strip()))
    for pattern in _USUAL:
        found = Path("/").glob(pattern.removeprefix("/"))
        folders += sorted(
            found, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))], reverse=True
        )
    folders += [Path(folder) for folder in os.get_exec_path()]
    return next((folder for folder in folders if _has_server(folder)), None)


def _has_server(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres"))


class Cluster:
    """A running server. ``restart`` and ``crash`` do to it what happens to servers."""

    def __init__(self, programs: Path, folder: Path, owner: Mapping[str, Any], *, fsync: bool) -> None:
        self._programs, self._folder, self._owner, self._fsync = programs, folder, owner, fsync
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Where its data and its socket are."""
        return self._folder

    def address(self, database: str = "postgres", user: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://{user}@/{quote(database)}?host={quote(str(self._folder), safe='')}"

    def make(self) -> None:
        """Make the data folder."""
        # -N: nothing of it needs to outlive the machine. The server itself is told the same below.
        command = [self._programs / "initdb", "-D", self._folder / "data", "-U", "postgres"]
        options = ["-A", "trust", "-N", "-E", "UTF8", "--no-locale"]
        subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL, cwd="/", **self._owner)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            # For speed, and only here: a test kills the server, never the machine.
            "fsync": "on" if self._fsync else "off",
            "full_page_writes": "on" if self._fsync else "off",
            "shared_buffers": "64MB",
            "max_connections": "100",
            "autovacuum": "on" if self._fsync else "off",
            "logging_collector": "off",
        }
        server = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        for name, value in settings.items():
            server += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("ab") as log:
            self._watcher = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHER, "watcher", str(self._folder), *server],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the tests
                **self._owner,
            )
        self._await_ready()

    def restart(self) -> None:
        """Stop the server as an operator does, ending all sessions, and start it again."""
        self._signal("INT")
        self._await_gone()
        self._forget_watcher()
        self.start()

    def crash(self) -> None:
        """Kill the server and start it again: it recovers from its log."""
        self._signal("QUIT")
        self._await_gone()
        self._forget_watcher()
        self.start()

    def stop(self) -> None:
        """Stop the server and remove all of it."""
        if self._watcher is not None and self._watcher.stdin is not None:
            self._watcher.stdin.close()
            self._watcher.wait(60)
            self._watcher = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pid(self) -> int | None:
        try:
            return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return None

    def _signal(self, name: str) -> None:
        pid = self._pid()
        assert pid is not None
        subprocess.run(["/bin/kill", f"-{name}", str(pid)], check=True)

    def _forget_watcher(self) -> None:
        # It must not remove the folder: the server goes on in it.
        assert self._watcher is not None and self._watcher.stdin is not None
        self._watcher.kill()
        self._watcher.stdin.close()
        self._watcher.wait(60)

    def _await_gone(self) -> None:
        self._await(lambda: self._pid() is None)

    def _await_ready(self) -> None:
        self._await(lambda: "ready" in self._status())

    def _status(self) -> str:
        try:
            return (self._folder / "data" / "postmaster.pid").read_text().splitlines()[7]
        except (FileNotFoundError, IndexError):
            return ""

    def _await(self, done: Any) -> None:
        deadline = time.monotonic() + 60
        while not done():
            if time.monotonic() > deadline or (self._watcher is not None and self._watcher.poll() is not None):
                raise RuntimeError(f"the server failed: {(self._folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.01)


@contextmanager
def running_cluster(*, fsync: bool = False) -> Iterator[Cluster]:
    """Make and start a server; stop and remove it at the end.

    Raises:
        LookupError: the server programs are not installed.
    """
    programs = find_programs()
    if programs is None:
        raise LookupError(MISSING)
    # A socket's path may have 107 bytes, so it is not made below pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="bm1c-", dir="/tmp"))
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # a server refuses to run as root
        user = _unprivileged()
        os.chown(folder, user.pw_uid, user.pw_gid)
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    cluster = Cluster(programs, folder, owner, fsync=fsync)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pwd.struct_passwd(("nobody", "", 65534, 65534, "", "/", ""))
