"""Both ends of the exchange, from arguments and from the environment."""

from __future__ import annotations

import pytest

from billmanager_1c.client import AsyncBillManagerClient, BillManagerClient
from billmanager_1c.errors import SettingsError, UnknownConfiguration
from billmanager_1c.settings import Settings

BILLMANAGER = {
    "BILLMANAGER_URL": "https://billing.example:1500/billmgr",
    "BILLMANAGER_USERNAME": "1c",
    "BILLMANAGER_PASSWORD": "hush",
    "BILLMANAGER_TIMEZONE": "Europe/Moscow",
}
ONEC = {
    "ONEC_URL": "http://1c.example/upp",
    "ONEC_USERNAME": "Обмен",
    "ONEC_PASSWORD": "whisper",
    "ONEC_TIMEZONE": "Asia/Omsk",
    "ONEC_BASE": "upp",
    "ONEC_CONFIGURATION": "UPP_1_3",
}


def test_billmanager_from_the_environment():
    """Four variables make a client of BILLmanager; 1C may wait."""
    settings = Settings.from_env(BILLMANAGER)
    with settings.billmanager(timeout=5.0) as client:
        assert isinstance(client, BillManagerClient)
        assert (client.url, client.username, client.timeout) == (BILLMANAGER["BILLMANAGER_URL"], "1c", 5.0)
        assert str(client.timezone) == "Europe/Moscow"
    assert isinstance(settings.async_billmanager(auth="session"), AsyncBillManagerClient)


def test_all_that_is_missing_is_told_at_once():
    """One message names every variable that is missing; an empty one is missing too."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"BILLMANAGER_URL": "", "BILLMANAGER_USERNAME": "1c"})
    for name in ("BILLMANAGER_URL", "BILLMANAGER_PASSWORD", "BILLMANAGER_TIMEZONE"):
        assert name in str(caught.value)
    assert "BILLMANAGER_USERNAME" not in str(caught.value)
    with pytest.raises(SettingsError, match=r"onec_url \(ONEC_URL\).*ONEC_CONFIGURATION") as caught:
        Settings.from_env(BILLMANAGER | {"ONEC_BASE": "upp"}).onec()
    assert "ONEC_BASE" not in str(caught.value)


def test_the_environment_of_the_process(monkeypatch):
    """Without an argument it is the environment of this process that is read, and only then."""
    for name, value in BILLMANAGER.items():
        monkeypatch.setenv(name, value)
    assert Settings.from_env().username == "1c"


def test_passwords_do_not_show():
    """Neither password shows."""
    shown = repr(Settings.from_env(BILLMANAGER | ONEC))
    assert "hush" not in shown and "whisper" not in shown and "Обмен" in shown


def test_the_zone_may_wait():
    """Settings can be made with the three first things; the client wants the zone as well."""
    settings = Settings("https://billing.example/billmgr", "1c", "hush")
    with pytest.raises(SettingsError, match="timezone"):
        settings.billmanager()


def test_1c():
    """The other half makes the adapter; an unknown configuration is named."""
    settings = Settings.from_env(BILLMANAGER | ONEC)
    with settings.onec() as adapter:
        assert adapter.base == "upp"
    with Settings.from_env(BILLMANAGER | ONEC | {"ONEC_PASSWORD": ""}).onec() as adapter:
        assert "whisper" not in repr(adapter)
    with pytest.raises(UnknownConfiguration, match="ERP"):
        Settings.from_env(BILLMANAGER | ONEC | {"ONEC_CONFIGURATION": "ERP"}).onec()
