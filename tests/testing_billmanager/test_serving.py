"""The server under the simulators: real sockets, many clients, clients that die."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from billmanager_1c.testing._serving import Answer, CutBody, Silence, as_transport, serve


def echo(request: httpx.Request) -> Answer:
    """Answer with the method, path and body."""
    return httpx.Response(200, text=f"{request.method} {request.url.path} {request.content.decode()}")


def test_connections_are_kept_and_many_clients_are_served() -> None:
    """One connection serves many requests, and many clients are served at once without mixing answers."""
    with serve(echo) as url, httpx.Client(trust_env=False) as client:
        streams = {client.post(f"{url}/a", content="x").extensions["network_stream"] for _ in range(3)}
        assert len({stream.get_extra_info("client_addr") for stream in streams}) == 1
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda n: client.post(f"{url}/{n}", content=str(n)).text, range(100))
            assert list(answers) == [f"POST /{n} {n}" for n in range(100)]


def test_a_stopped_server_lets_everybody_go() -> None:
    """When the block ends, who waits is let go, kept connections are shut, and the port is closed."""
    asked = threading.Event()

    def silent(request: httpx.Request) -> Answer:
        asked.set()
        return Silence()

    outcome: list[type[Exception]] = []

    def wait(url: str) -> None:
        try:
            httpx.get(url, timeout=30, trust_env=False)
        except httpx.TransportError as error:
            outcome.append(type(error))

    with serve(silent) as url:
        waiting = threading.Thread(target=wait, args=(url,))
        waiting.start()
        assert asked.wait(10)
    waiting.join(10)
    assert outcome and not waiting.is_alive()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_a_body_that_stops() -> None:
    """A body can end before its length with an orderly close; the client notices, in process and over a socket."""

    def cut(request: httpx.Request) -> Answer:
        return CutBody(httpx.Response(200, content=b"x" * 100), 10, reset=False)

    with serve(cut) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url, trust_env=False)
    with httpx.Client(transport=as_transport(cut)) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("http://simulator.test/")


def test_a_request_cut_by_its_client_never_was() -> None:
    """A client that dies inside its body has asked nothing."""
    seen: list[httpx.Request] = []

    def remember(request: httpx.Request) -> Answer:
        seen.append(request)
        return echo(request)

    with serve(remember) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        assert httpx.post(url, content="whole", trust_env=False).text == "POST / whole"
    assert [request.content for request in seen] == [b"whole"]


def test_a_failing_simulator_says_so() -> None:
    """A bug in a simulator reaches the client as status 500 with the traceback."""

    def fail(request: httpx.Request) -> Answer:
        raise ZeroDivisionError("a bug")

    with serve(fail) as url:
        response = httpx.get(url, trust_env=False)
    assert response.status_code == 500 and "ZeroDivisionError: a bug" in response.text


_CLIENT = """
import httpx, sys
with httpx.Client(trust_env=False) as client:
    print("ready", flush=True)
    while True:
        client.post(sys.argv[1], content="x" * 5000)
"""

_SERVER = """
import sys
from billmanager_1c.testing import BillManagerSimulator
simulator = BillManagerSimulator(password="pw")
with simulator.serve() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def test_clients_killed_in_the_middle_do_no_harm(capfd: pytest.CaptureFixture[str]) -> None:
    """Clients killed by SIGKILL leave the server quiet and working."""
    with serve(echo) as url:
        for _ in range(3):
            client = subprocess.Popen([sys.executable, "-c", _CLIENT, url], stdout=subprocess.PIPE)
            assert client.stdout is not None
            with client.stdout as output:
                assert output.readline() == b"ready\n"
                client.send_signal(signal.SIGKILL)
                client.wait(10)
        assert httpx.post(url, content="still", trust_env=False).text == "POST / still"
    assert capfd.readouterr().err == ""


def test_a_simulator_in_a_process_of_its_own() -> None:
    """A simulator is served from another process as well as from a thread."""
    server = subprocess.Popen([sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None and server.stdout is not None
    with server.stdin as stop, server.stdout as output:
        url = output.readline().decode().strip()
        data = {"func": "whoami", "out": "json", "authinfo": "1c:pw"}
        assert httpx.post(url, data=data, trust_env=False).json()["doc"]["user"]["$name"] == "1c"
        stop.close()
        server.wait(10)
    assert server.returncode == 0
