"""What a client is given is checked before anything is sent."""

from __future__ import annotations

import datetime as dt
import ssl
from zoneinfo import ZoneInfo

import pytest

from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient
from billmanager_1c.errors import SettingsError

GOOD = {"username": "1c", "password": "hush", "timezone": "Europe/Moscow"}


@pytest.fixture(params=[BillManagerClient, AsyncBillManagerClient])
def client(request):
    """Return either client."""
    return request.param


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "https://"),
        ("billing.example/billmgr", "https://"),
        ("ftp://billing.example/billmgr", "https://"),
        ("https://", "no host"),
        ("https:///billmgr", "no host"),
        ("https://1c:hush@billing.example/billmgr", "log-in"),
        ("https://billing.example/billmgr?authinfo=1c:hush", "without"),
        ("https://billing.example/billmgr#x", "without"),
        ("https://[::1/billmgr", "valid"),
        ("https://billing.example:15000000/billmgr", "valid"),
    ],
)
def test_wrong_addresses(client, url, said):
    """A wrong address is told in one sentence that does not repeat it: it may hold a password."""
    with pytest.raises(SettingsError, match=said) as caught:
        client(url, **GOOD)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("timezone", ["", "Moscow", "Europe/", "/etc/passwd", "../etc", "Europe"])
def test_wrong_zones(client, timezone):
    """A zone that does not exist is named."""
    with pytest.raises(SettingsError, match="time zone"):
        client("https://billing.example/billmgr", **{**GOOD, "timezone": timezone})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"username": ""}, "empty"),
        ({"password": ""}, "empty"),
        ({"username": "a:b"}, "colon"),
        ({"password": "\ud800"}, "password"),
        ({"auth": "basic"}, "auth must be"),
        ({"language": "de"}, "language must be"),
        ({"timeout": 0}, "timeout"),
        ({"verify": "/no/such/file.pem"}, "verify"),
    ],
)
def test_wrong_arguments(client, wrong, said):
    """Each argument that cannot work is named."""
    with pytest.raises(SettingsError, match=said):
        client("https://billing.example/billmgr", **{**GOOD, **wrong})


@pytest.mark.parametrize("verify", [True, False, ssl.create_default_context()])
def test_right_arguments(verify):
    """An address, a zone by name or value, and the ways to trust."""
    with BillManagerClient(" https://billing.example:1500/billmgr ", **GOOD, verify=verify) as client:
        assert client.url == "https://billing.example:1500/billmgr"
        assert client.timezone == ZoneInfo("Europe/Moscow")
        assert client.dialect.mark_field == "info"
    with BillManagerClient("http://127.0.0.1:8080/billmgr", **{**GOOD, "timezone": dt.UTC}) as client:
        assert client.timezone is dt.UTC
