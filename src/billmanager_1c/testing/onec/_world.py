"""The world of an infobase, built and changed by a test as an accountant and an administrator would."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Final

from ._documents import Documents
from ._errors import locked
from ._infobase import padded
from ._registrations import Subject
from ._schema import SetKind, Value

_OWN_NODE: Final = str(uuid.uuid5(uuid.NAMESPACE_URL, "this infobase"))


class World(Documents):
    """The whole world: catalogues, documents, the administrator's doings, ISPsystem's module."""

    def _furnish(self) -> None:
        self.add_currency("643", "руб.")
        self.set_module_address("")
        if (name := self._schema.names.exchange_plan) in self._schema.sets:
            self._add(name, "Эта информационная база", "00", {}, _OWN_NODE)

    # ------------------------------------------------------------------------------------------------ administration

    def lock(self, reason: str = "Ведутся технические работы") -> None:
        """Close the infobase for maintenance: every request is answered with 403."""
        self._lock_reply = lambda method, resource: locked(reason, method, resource)

    def unlock(self) -> None:
        """Open the infobase again."""
        self._lock_reply = None

    def change_password(self, password: str) -> None:
        """Give the user another password."""
        self._password = password

    def hide(self, guid: str) -> None:
        """Hide one object from the user by rights on records: it spoils answers without ``allowedOnly`` (§9.22)."""
        self._infobase.hidden.add(guid.lower())

    def show(self, guid: str) -> None:
        """Undo :meth:`hide`."""
        self._infobase.hidden.discard(guid.lower())

    def deny(self, *sets: str) -> None:
        """Take the user's right to read these sets."""
        self._infobase.denied.update(sets)

    def allow(self, *sets: str) -> None:
        """Undo :meth:`deny`."""
        self._infobase.denied.difference_update(sets)

    # ---------------------------------------------------------------------------------------------- ISPsystem's module

    def set_module_address(self, address: str | None) -> None:
        """Say where ISPsystem's module exports to: empty is switched off, None is not installed at all."""
        names = self._schema.names
        parts = {names.module_address, names.queue, names.payment_codes}
        with self._lock:
            if address is None:
                self._infobase.absent |= parts
                return
            self._infobase.absent -= parts
            if names.module_address in self._schema.sets:
                entity_set = self._schema.sets[names.module_address]
                self._infobase.put(entity_set, {"Value": padded(entity_set, "Value", address)}, {})

    def queue_document(self, guid: str) -> None:
        """Put a document into the register of documents to be exported, as the module's subscription does."""
        with self._lock:
            entity_set, _ = self._infobase.find(guid, SetKind.DOCUMENT)
            self._register(self._schema.names.queue, entity_set.name, guid, {})

    def add_module_payment(self, guid: str, payment_id: int | str) -> None:
        """Write into the module's register which payment of BILLmanager it made of a document."""
        with self._lock:
            entity_set, _ = self._infobase.find(guid, SetKind.DOCUMENT)
            self._register(self._schema.names.payment_codes, entity_set.name, guid, {"КодПлатежа": str(payment_id)})

    @property
    def queued(self) -> tuple[str, ...]:
        """GUIDs of the documents in the register of documents to be exported."""
        rows = self._infobase.tables.get(self._schema.names.queue, {})
        return tuple(str(row.header["Документ"]) for row in rows.values())

    # ------------------------------------------------------------------------------------------------- exchange plans

    @property
    def own_exchange_node(self) -> str:
        """GUID of the node that stands for the infobase itself."""
        return _OWN_NODE

    def add_exchange_node(
        self,
        name: str = "BILLmanager",
        *,
        code: str = "01",
        composition: Collection[str] | None = None,
        guid: str | None = None,
    ) -> str:
        """Add a node to the exchange plan, for which writes are registered from now on; return its GUID.

        ``composition``: the sets whose writes are registered; None means the payment documents.
        """
        documents = {shape.entity_set for shape in self._schema.documents.values()}
        with self._lock:
            node = self._add(self._schema.names.exchange_plan, name, code, {}, guid)
            self._infobase.registrations.watch(node, documents if composition is None else composition)
            return node

    def renew_exchange_node(self, guid: str) -> None:
        """Make a node anew under its GUID: its messages count from the beginning, and nothing is registered."""
        with self._lock:
            self._write(guid, {"SentNo": 0, "ReceivedNo": 0})
            self._infobase.registrations.renew(guid.lower())

    def registered(self, node: str) -> Mapping[Subject, int | None]:
        """Return what is registered for a node: set and key, and the number of the message that showed it."""
        with self._lock:
            return self._infobase.registrations.of(node.lower())

    # ------------------------------------------------------------------------------------------------------- reading

    def stored(self, guid: str) -> Mapping[str, Value]:
        """Return the header of an object as it is stored, by wire names.

        Raises:
            KeyError: there is none.
        """
        with self._lock:
            return dict(self._infobase.find(guid)[1].header)

    def subaccount_items(self) -> Mapping[str, str]:
        """Return the catalogue of BILLmanager's subaccounts: name by code, without padding."""
        with self._lock:
            rows = self._infobase.tables[self._schema.names.subaccounts].values()
            return {str(row.header["Code"]).strip(): str(row.header["Description"]) for row in rows}

    # ------------------------------------------------------------------------------------------------------- helpers
