"""What every room of the world stands on: the infobase, the clock, the lock, and how things are written."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Final

from .._faults import ONEC_FAULTS, FaultInjector
from .._wire import Reply
from ._bp_3_0 import BP_3_0
from ._infobase import Infobase, Row, padded
from ._schema import EMPTY_GUID, EntitySet, Schema, SetKind, Type, Value
from ._switches import Switches
from ._upp_1_3 import UPP_1_3


class Keep:
    """The type of :data:`KEEP`."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = Keep()
"""Leave this field as it is."""

_SCHEMAS: Final[Mapping[str, Schema]] = {each.name: each for each in (UPP_1_3, BP_3_0)}


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Foundation:
    """An infobase with nothing in it yet but the rouble."""

    #: the faults of this simulator
    faults: FaultInjector
    #: how the installation behaves; may be replaced between requests, but for ``versioning``
    switches: Switches

    def __init__(
        self,
        *,
        username: str = "Обмен",
        password: str = "пароль",
        schema: Schema | str = UPP_1_3.name,
        publication: str = "upp",
        publish: Collection[str] | None = None,
        switches: Switches | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        seed: int = 0,
    ) -> None:
        """Make an infobase with one user, the rouble (code 643) and an empty, switched-off module of ISPsystem.

        ``schema``: a configuration, or its name. ``publish``: the sets in the composition of the OData interface;
        None means all, as in a configuration in compatibility mode. ``clock``: returns the present; its wall clock is
        the infobase's. ``seed`` decides GUIDs and every order that 1C leaves open.
        """
        self.switches: Switches = switches or Switches()
        self.faults: FaultInjector = FaultInjector(ONEC_FAULTS)
        self.publication: str = publication.strip("/")
        self._username, self._password, self._seed = username, password, seed
        self._clock = clock or _utc_now
        self._lock = threading.RLock()
        self._schema = _SCHEMAS[schema] if isinstance(schema, str) else schema
        self._infobase = Infobase(self._schema, seed=seed, versioning=self.switches.versioning, publish=publish)
        self._lock_reply: Callable[[str, str], Reply] | None = None
        self._deleted: dict[str, tuple[EntitySet, Row]] = {}
        self._prepare()
        self._furnish()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(schema={self._schema.name}, publication={self.publication!r})"

    @property
    def login(self) -> tuple[str, str]:
        """The name and the password of its one user."""
        return self._username, self._password

    @property
    def configuration(self) -> str:
        """The name of its configuration, as settings spell it."""
        return self._schema.name

    def _prepare(self) -> None:
        """Let the core make its own state before the world is filled."""

    def _furnish(self) -> None:
        """Let the world put in what is always there."""

    def now(self) -> dt.datetime:
        """Return the present by the simulator's clock."""
        return self._clock()

    # ------------------------------------------------------------------------------------------------------ writing

    def _add(
        self, set_name: str, name: str, code: str | None, extra: Mapping[str, Value], guid: str | None = None
    ) -> str:
        with self._lock:
            entity_set = self._schema.sets[set_name]
            known = {key: value for key, value in extra.items() if key in entity_set.by_name}
            chosen = self._infobase.next_code(entity_set, "Code") if code is None else padded(entity_set, "Code", code)
            key = guid.lower() if guid else self._infobase.new_guid()
            self._infobase.put(entity_set, {"Ref_Key": key, "Code": chosen, "Description": name, **known}, {})
            return key

    def _write(self, guid: str, changes: Mapping[str, Value]) -> None:
        with self._lock:
            entity_set, row = self._infobase.find(guid)
            header = dict(row.header)
            for name, value in changes.items():
                if not isinstance(value, Keep) and name in entity_set.by_name:
                    fixed = entity_set.by_name[name].type is Type.FIXED
                    header[name] = padded(entity_set, name, str(value)) if fixed else value
            self._written(entity_set, self._infobase.put(entity_set, header, row.parts))

    def _written(self, entity_set: EntitySet, row: Row) -> None:
        """Do what the module's subscription to writes of payment documents does."""
        names = self._schema.names
        address = self._infobase.tables.get(names.module_address, {}).get((EMPTY_GUID,))
        is_on = (
            address is not None and address.header["Value"] != "" and names.module_address not in self._infobase.absent
        )
        if entity_set.kind is SetKind.DOCUMENT and (is_on or self.switches.queue_changes):
            self._register(names.queue, entity_set.name, str(row.header["Ref_Key"]), {})

    def _register(self, name: str, document_set: str, guid: str, resources: Mapping[str, Value]) -> None:
        if name in self._schema.sets:
            record = {"Документ": guid.lower(), "Документ_Type": f"StandardODATA.{document_set}", **resources}
            self._infobase.put(self._schema.sets[name], record, {})
