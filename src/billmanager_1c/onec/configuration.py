"""What differs between the configurations of 1C, as values: every 1C name that the adapter uses stands here.

Each fact carries how sure we are: *seen* in dumps of the configuration or in working clients, *assumed* until a live
base says otherwise (reference: 1c-odata.md §3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from ..errors import UnknownConfiguration
from ..models import DocumentKind, OperationKind


def _documents(mapping: Mapping[DocumentKind, DocumentNames]) -> Mapping[DocumentKind, DocumentNames]:
    return MappingProxyType(dict(mapping))


def _operations(mapping: Mapping[str, OperationKind]) -> Mapping[str, OperationKind]:
    return MappingProxyType(dict(mapping))


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
    #: the tabular part, and the contract and the amount in its rows
    lines: str = "РасшифровкаПлатежа"
    line_contract: str = "ДоговорКонтрагента_Key"
    #: in the document's currency, unlike СуммаВзаиморасчетов
    line_amount: str = "СуммаПлатежа"

    @property
    def has_composite_counterparty(self) -> bool:
        """True where a counterparty may also be a person, a till, a warehouse …"""
        return not self.counterparty.endswith("_Key")


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
    inn: str = "ИНН"
    kpp: str = "КПП"
    legal_status: str = "ЮрФизЛицо"
    #: values of the legal status that mean a person; anything else, also a value unknown to us, does not
    person: frozenset[str] = attrs.field(default=frozenset({"ФизЛицо"}), converter=frozenset)


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


_CUSTOMER_PAYMENT = "ОплатаПокупателя"

UPP_1_3 = Configuration(
    name="UPP_1_3",
    documents={
        # Names, types and enumeration values of the three documents: seen in the dumps of 2013 and of the Ukrainian
        # 1.3.54.1. The card document has neither Оплачено nor a contract in its header; the contracts of a document
        # are those of its lines, whatever its header says.
        DocumentKind.INCOMING_PAYMENT_ORDER: DocumentNames(
            entity_set="Document_ПлатежноеПоручениеВходящее",
            # ПоступлениеОплатыПоПлатежнымКартам is the acquirer's bank paying out what the card documents already
            # brought: it must stay OTHER, or the money would count twice (assumed from the modules).
            operations={_CUSTOMER_PAYMENT: OperationKind.CUSTOMER_PAYMENT},
            paid="Оплачено",
            paid_on="ДатаОплаты",
            incoming_number="НомерВходящегоДокумента",
            incoming_date="ДатаВходящегоДокумента",
            purpose="НазначениеПлатежа",
        ),
        DocumentKind.CASH_RECEIPT: DocumentNames(
            entity_set="Document_ПриходныйКассовыйОрдер",
            counterparty="Контрагент",
            operations={_CUSTOMER_PAYMENT: OperationKind.CUSTOMER_PAYMENT},
            paid="Оплачено",
            purpose="Основание",  # printed on the receipt that the client gets
        ),
        DocumentKind.CARD_PAYMENT: DocumentNames(
            entity_set="Document_ОплатаОтПокупателяПлатежнойКартой",
            # No purpose: all there is is Комментарий, an accountant's note that the client is not meant to read.
            operations={
                _CUSTOMER_PAYMENT: OperationKind.CUSTOMER_PAYMENT,
                "ВозвратДенежныхСредствПокупателю": OperationKind.CUSTOMER_REFUND,
            },
        ),
    },
)
"""«Управление производственным предприятием» 1.3 for Russia."""

_KNOWN = {UPP_1_3.name: UPP_1_3}


def configuration_named(name: str) -> Configuration:
    """Return a configuration by its name, as settings spell it; case and punctuation do not matter.

    Raises:
        UnknownConfiguration: there is none of this name; the message lists those that there are.
    """
    wanted = _plain(name)
    for known, configuration in _KNOWN.items():
        if _plain(known) == wanted:
            return configuration
    raise UnknownConfiguration(
        f"No 1C configuration is called {name!r}; known are {', '.join(sorted(_KNOWN))}. "
        "For any other pass a Configuration value of your own."
    )


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
