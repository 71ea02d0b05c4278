"""The configurations of 1C that are known here.

Each fact carries how sure we are: *seen* in dumps of the configuration or in working clients, *assumed* until a live
base says otherwise (reference: 1c-odata.md §3).
"""

from __future__ import annotations

from ..errors import UnknownConfiguration
from ..models import DocumentKind, OperationKind
from .configuration import Configuration, CounterpartyNames, DocumentNames

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

BP_3_0 = Configuration(
    name="BP_3_0",
    documents={
        # Names, types and enumeration values: seen in the dump of 3.0.151.27. No document has a flag "paid" or a day
        # of payment: there is no planned receipt, and what is posted is money of the document's date.
        DocumentKind.INCOMING_PAYMENT_ORDER: DocumentNames(
            entity_set="Document_ПоступлениеНаРасчетныйСчет",
            counterparty="Контрагент",
            # ПоступленияОтПродажПоПлатежнымКартамИБанковскимКредитам is what the card documents already brought,
            # paid out by the acquirer's bank: it must stay OTHER (assumed, as for УПП).
            operations={_CUSTOMER_PAYMENT: OperationKind.CUSTOMER_PAYMENT},
            incoming_number="НомерВходящегоДокумента",
            incoming_date="ДатаВходящегоДокумента",
            purpose="НазначениеПлатежа",
        ),
        DocumentKind.CASH_RECEIPT: DocumentNames(
            entity_set="Document_ПриходныйКассовыйОрдер",
            counterparty="Контрагент",
            operations={_CUSTOMER_PAYMENT: OperationKind.CUSTOMER_PAYMENT},
            purpose="Основание",
        ),
        DocumentKind.CARD_PAYMENT: DocumentNames(
            entity_set="Document_ОплатаПлатежнойКартой",
            counterparty="Контрагент",
            # РозничнаяВыручка is nobody's in particular, and ПлатежПоРеестру a list of many payers without contracts.
            operations={
                _CUSTOMER_PAYMENT: OperationKind.CUSTOMER_PAYMENT,
                "ВозвратПокупателю": OperationKind.CUSTOMER_REFUND,
            },
        ),
    },
    counterparties=CounterpartyNames(
        legal_status="ЮридическоеФизическоеЛицо",
        person={"ФизическоеЛицо"},
        # The attribute was seen; that it marks persons who have an INN of their own as payers is assumed.
        entrepreneur="ИндивидуальныйПредприниматель",
    ),
    # ISPsystem ships no additions for this configuration: the contract's attribute, the catalogue of subaccounts and
    # the queue register are assumed to be added by an extension, under the names that they have in УПП.
)
"""«Бухгалтерия предприятия» 3.0."""

_KNOWN = {each.name: each for each in (UPP_1_3, BP_3_0)}


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
