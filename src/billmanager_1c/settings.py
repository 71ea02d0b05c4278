"""Both ends of the exchange as one value: from arguments, or from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import attrs

from .client import AsyncBillManagerClient, BillManagerClient, ClientOptions
from .errors import SettingsError

if TYPE_CHECKING:
    from .onec import ODataAdapter
    from .transport import AsyncTransport, BlockingTransport

#: field: the variable of the environment it comes from
VARIABLES = {
    "url": "BILLMANAGER_URL",
    "username": "BILLMANAGER_USERNAME",
    "password": "BILLMANAGER_PASSWORD",
    "timezone": "BILLMANAGER_TIMEZONE",
    "onec_url": "ONEC_URL",
    "onec_username": "ONEC_USERNAME",
    "onec_password": "ONEC_PASSWORD",
    "onec_timezone": "ONEC_TIMEZONE",
    "onec_base": "ONEC_BASE",
    "onec_configuration": "ONEC_CONFIGURATION",
}


def _masked(password: str | None) -> str:
    return "None" if password is None else "'***'"


@attrs.frozen
class Settings:
    """Where both systems are and who we are for them. The 1C half may be missing until it is asked for."""

    #: the address of BILLmanager, such as ``https://billing.example:1500/billmgr``
    url: str
    username: str
    password: str = attrs.field(repr=_masked)
    #: the zone of BILLmanager's wall clock, such as ``Europe/Moscow``
    timezone: str | None = attrs.field(default=None, kw_only=True)
    #: the address of the infobase, such as ``http://1c.example/upp``
    onec_url: str | None = attrs.field(default=None, kw_only=True)
    onec_username: str | None = attrs.field(default=None, kw_only=True)
    #: may be empty: 1C allows users without a password
    onec_password: str | None = attrs.field(default=None, kw_only=True, repr=_masked)
    #: the zone of 1C's server; BILLmanager's where it is not given
    onec_timezone: str | None = attrs.field(default=None, kw_only=True)
    #: the infobase's name in the store, chosen once and for all
    onec_base: str | None = attrs.field(default=None, kw_only=True)
    #: the name of a Configuration, such as ``UPP_1_3``
    onec_configuration: str | None = attrs.field(default=None, kw_only=True)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from ``BILLMANAGER_URL`` … and ``ONEC_URL`` …

        Args:
            environ: what to read in place of the environment of this process.

        Raises:
            SettingsError: variables of BILLmanager's half are missing; the message names all of them.
        """
        source = os.environ if environ is None else environ
        values = {field: source[name] for field, name in VARIABLES.items() if source.get(name)}
        if "ONEC_PASSWORD" in source:
            values["onec_password"] = source["ONEC_PASSWORD"]
        _require(values, ("url", "username", "password", "timezone"))
        return cls(**values)

    def billmanager(
        self, *, transport: BlockingTransport | None = None, **options: Unpack[ClientOptions]
    ) -> BillManagerClient:
        """Make the blocking client; the options are its own.

        Raises:
            SettingsError: a setting is missing or cannot work.
        """
        return BillManagerClient(
            self.url,
            username=self.username,
            password=self.password,
            timezone=self._timezone(),
            transport=transport,
            **options,
        )

    def async_billmanager(
        self, *, transport: AsyncTransport | None = None, **options: Unpack[ClientOptions]
    ) -> AsyncBillManagerClient:
        """Make the client for async code; the options are its own.

        Raises:
            SettingsError: a setting is missing or cannot work.
        """
        return AsyncBillManagerClient(
            self.url,
            username=self.username,
            password=self.password,
            timezone=self._timezone(),
            transport=transport,
            **options,
        )

    def onec(self, **options: Any) -> ODataAdapter:
        """Make the OData adapter; the options are its own.

        Raises:
            SettingsError: settings of the 1C half are missing; the message names all of them.
            UnknownConfiguration: there is no configuration of that name.
        """
        from .onec import ODataAdapter, configuration_named

        wanted = {
            field: getattr(self, field)
            for field in ("onec_url", "onec_username", "onec_password", "onec_base", "onec_configuration")
        }
        _require({field: value for field, value in wanted.items() if value is not None}, tuple(wanted))
        return ODataAdapter(
            wanted["onec_url"],
            username=wanted["onec_username"],
            password=wanted["onec_password"],
            configuration=configuration_named(wanted["onec_configuration"]),
            timezone=self.onec_timezone or self._timezone(),
            base=wanted["onec_base"],
            **options,
        )

    def _timezone(self) -> str:
        if not self.timezone:
            _require({}, ("timezone",))
        return self.timezone or ""


def _require(values: Mapping[str, object], fields: tuple[str, ...]) -> None:
    missing = [f"{field} ({VARIABLES[field]})" for field in fields if field not in values]
    if missing:
        raise SettingsError(f"Settings are missing: {', '.join(missing)}. Give them, or set the variables.")
