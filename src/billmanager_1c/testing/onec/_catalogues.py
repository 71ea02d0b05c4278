"""Catalogues: organizations, currencies, counterparties, contracts, subaccounts."""

from __future__ import annotations

from ._foundation import KEEP, Foundation, Keep
from ._infobase import Header
from ._schema import EMPTY_GUID, Value


class Catalogues(Foundation):
    """Adding and changing items of catalogues. Every ``add_…`` returns the GUID of what it added."""

    def add_organization(
        self, name: str, *, inn: str = "", kpp: str = "", code: str | None = None, guid: str | None = None
    ) -> str:
        """Add an организация."""
        extra = {"ИНН": inn, "КПП": kpp, "НаименованиеПолное": name, "ЮрФизЛицо": "ЮрЛицо"}
        return self._add(self._schema.names.organizations, name, code, extra, guid)

    def add_currency(self, code: str, name: str) -> str:
        """Add a валюта by its numeric ISO code, such as ``"840"``."""
        return self._add(self._schema.names.currencies, name, code, {})

    def add_folder(self, name: str, *, parent: str | None = None, entity_set: str | None = None) -> str:
        """Add a group to a catalogue, by default to that of the counterparties."""
        extra: Header = {"IsFolder": True, "Parent_Key": parent or EMPTY_GUID}
        return self._add(entity_set or self._schema.names.counterparties, name, None, extra)

    def add_counterparty(
        self,
        name: str,
        *,
        code: str | None = None,
        inn: str = "",
        kpp: str = "",
        is_person: bool = False,
        folder: str | None = None,
        guid: str | None = None,
    ) -> str:
        """Add a контрагент. ``code=None``: the next one."""
        names = self._schema.names
        extra: Header = {
            "ИНН": inn,
            "КПП": kpp,
            "НаименованиеПолное": name,
            names.legal_status: names.person if is_person else names.company,
            "Покупатель": True,
            "Parent_Key": folder or EMPTY_GUID,
        }
        return self._add(names.counterparties, name, code, extra, guid)

    def add_contract(
        self,
        counterparty: str,
        organization: str,
        *,
        name: str = "Основной договор",
        subaccount_id: int | str | None = None,
        currency: str = "643",
        code: str | None = None,
        guid: str | None = None,
    ) -> str:
        """Add a договор. ``subaccount_id``: of BILLmanager; an item is added to its catalogue where there is none."""
        names = self._schema.names
        extra: Header = {
            "Owner_Key": counterparty,
            "Организация_Key": organization,
            names.contract_currency: self._currency(currency),
            names.contract_subaccount: EMPTY_GUID if subaccount_id is None else self._subaccount(str(subaccount_id)),
            "ВидДоговора": "СПокупателем",
            "ВедениеВзаиморасчетов": "ПоДоговоруВЦелом",
        }
        return self._add(names.contracts, name, code, extra, guid)

    def add_subaccount_item(self, code: int | str, *, name: str = "") -> str:
        """Add an item to the catalogue of BILLmanager's subaccounts; ``code`` is the subaccount's id."""
        return self._add(self._schema.names.subaccounts, name or f"Лицевой счет {code}", str(code), {})

    def change_counterparty(
        self,
        guid: str,
        *,
        name: str | Keep = KEEP,
        code: str | Keep = KEEP,
        inn: str | Keep = KEEP,
        kpp: str | Keep = KEEP,
        is_person: bool | Keep = KEEP,
    ) -> None:
        """Change a counterparty as a person would."""
        names = self._schema.names
        status = is_person if isinstance(is_person, Keep) else (names.person if is_person else names.company)
        self._write(guid, {"Description": name, "Code": code, "ИНН": inn, "КПП": kpp, names.legal_status: status})

    def change_contract(
        self,
        guid: str,
        *,
        name: str | Keep = KEEP,
        subaccount_id: int | str | Keep | None = KEEP,
        organization: str | Keep = KEEP,
        counterparty: str | Keep = KEEP,
    ) -> None:
        """Change a contract as a person would. ``subaccount_id=None`` empties the attribute."""
        with self._lock:
            subaccount: str | Keep = KEEP
            if not isinstance(subaccount_id, Keep):
                subaccount = EMPTY_GUID if subaccount_id is None else self._subaccount(str(subaccount_id))
            attribute = self._schema.names.contract_subaccount
            changes: dict[str, Value] = {"Description": name, attribute: subaccount}
            self._write(guid, {**changes, "Организация_Key": organization, "Owner_Key": counterparty})

    def change_organization(self, guid: str, *, inn: str | Keep = KEEP, kpp: str | Keep = KEEP) -> None:
        """Change an organization as a person would."""
        self._write(guid, {"ИНН": inn, "КПП": kpp})

    def _currency(self, code: str) -> str:
        for row in self._infobase.tables[self._schema.names.currencies].values():
            if code in (str(row.header["Code"]).strip(), row.header["Ref_Key"]):
                return str(row.header["Ref_Key"])
        raise KeyError(f"The infobase has no currency {code}: call add_currency first.")

    def _subaccount(self, code: str) -> str:
        for row in self._infobase.tables[self._schema.names.subaccounts].values():
            if str(row.header["Code"]).strip() == code:
                return str(row.header["Ref_Key"])
        return self.add_subaccount_item(code)
