"""What differs between the configurations of 1C, as one value: every 1C name that the adapter uses is a field here.

The values for the configurations that are known stand in ``known``; any other is filled in by whoever has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

from ..errors import SettingsError
from ..models import DocumentKind, OperationKind


def _documents(mapping: Mapping[DocumentKind, DocumentNames]) -> Mapping[DocumentKind, DocumentNames]:
    return MappingProxyType(dict(mapping))


def _values(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


def _operations(mapping: Mapping[str, OperationKind]) -> Mapping[str, OperationKind]:
    return MappingProxyType(dict(mapping))


def is_composite(name: str) -> bool:
    """Say whether a reference of this name may lead into several sets, which a sister ``…_Type`` then tells."""
    return not name.endswith("_Key")


@attrs.frozen(kw_only=True)
class DocumentNames:
    """How one kind of payment document is called, and its attributes. None: this kind has no such attribute."""

    entity_set: str
    organization: str = "Организация_Key"
    #: ends with ``_Key`` where the attribute has one type; else it is composite and has a sister ``…_Type``
    counterparty: str = "Контрагент_Key"
    currency: str = "ВалютаДокумента_Key"
    amount: str = "СуммаДокумента"
    operation: str = "ВидОперации"
    #: values of the operation; a value that is not here is :attr:`OperationKind.OTHER`
    operations: Mapping[str, OperationKind] = attrs.field(converter=_operations)
    #: whether the money has really come: a posted document may be a planned receipt
    paid: str | None = None
    #: the day on which the money came
    paid_on: str | None = None
    incoming_number: str | None = None
    incoming_date: str | None = None
    purpose: str | None = None
    #: the tabular part, and the contract and the amount in its rows; None where rows name no contract
    lines: str | None = "РасшифровкаПлатежа"
    line_contract: str = "ДоговорКонтрагента_Key"
    #: in the document's currency, unlike СуммаВзаиморасчетов
    line_amount: str = "СуммаПлатежа"
    #: the contract in the header, where ``lines`` is None: the whole amount is its own. Composite without ``_Key``
    contract: str | None = None

    def __attrs_post_init__(self) -> None:
        if (self.lines is None) == (self.contract is None):
            raise SettingsError(
                f"Whose money {self.entity_set} brings must be said by its rows or by its header: "
                "give either lines= or lines=None and contract=."
            )

    @property
    def has_composite_counterparty(self) -> bool:
        """True where a counterparty may also be a person, a till, a warehouse …"""
        return is_composite(self.counterparty)


@attrs.frozen(kw_only=True)
class OrganizationNames:
    """The catalogue of our own legal entities."""

    entity_set: str = "Catalog_Организации"
    inn: str = "ИНН"
    kpp: str = "КПП"


@attrs.frozen(kw_only=True)
class CounterpartyNames:
    """The catalogue of those who pay."""

    entity_set: str = "Catalog_Контрагенты"
    #: None where the catalogue has no codes
    code: str | None = "Code"
    inn: str = "ИНН"
    kpp: str = "КПП"
    legal_status: str = "ЮрФизЛицо"
    #: values of the legal status that mean a person; anything else, also a value unknown to us, does not
    person: frozenset[str] = attrs.field(default=frozenset({"ФизЛицо"}), converter=_values)
    #: the flag of a person who trades as an entrepreneur, and so is found by INN as a company is
    entrepreneur: str | None = None


@attrs.frozen(kw_only=True)
class ContractNames:
    """The catalogue of contracts."""

    entity_set: str = "Catalog_ДоговорыКонтрагентов"
    #: ISPsystem's addition: the subaccount of BILLmanager that the contract's money goes to
    subaccount: str = "ЛицевойСчетВBILLmanager_Key"


@attrs.frozen(kw_only=True)
class ModuleNames:
    """What ISPsystem's own exchange module adds to the configuration. Nothing of it need be there."""

    #: the catalogue of subaccounts; its ``Code`` is the subaccount's id. The only thing the adapter ever writes
    subaccounts: str = "Catalog_ЛицевыеСчетаВBILLmanager"
    #: the constant with BILLmanager's address: empty while the module is switched off
    address: str = "Constant_АдресСервераBILLmanager"
    #: the register of documents that were written and not exported yet. Assumed: independent, and the document,
    #: of a composite type, is its only dimension
    queue: str = "InformationRegister_ДокументыКВыгрузкеВBILLmanager"
    queue_document: str = "Документ"
    #: the register that says which document became which payment. Assumed: independent, with a composite
    #: dimension for the document and a resource of text for the payment's id
    payments: str = "InformationRegister_КодыПлатежейВBILLmanager"
    payments_document: str = "Документ"
    payments_id: str = "КодПлатежа"


@attrs.frozen(kw_only=True)
class Configuration:
    """A configuration of 1C, as far as payments go. Make your own with :func:`attrs.evolve` from the nearest one."""

    name: str
    documents: Mapping[DocumentKind, DocumentNames] = attrs.field(converter=_documents)
    organizations: OrganizationNames = attrs.field(factory=OrganizationNames)
    counterparties: CounterpartyNames = attrs.field(factory=CounterpartyNames)
    contracts: ContractNames = attrs.field(factory=ContractNames)
    #: ``Code`` is the numeric ISO code (seen)
    currencies: str = "Catalog_Валюты"
    module: ModuleNames = attrs.field(factory=ModuleNames)

    def kind_of(self, entity_set: str) -> DocumentKind | None:
        """Return which kind of payment document an entity set holds; None for any other."""
        return next((kind for kind, names in self.documents.items() if names.entity_set == entity_set), None)
