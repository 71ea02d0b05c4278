"""«Управление торговлей» 11 and «ERP Управление предприятием» 2, filled in from the attributes of УТ 11.5.8."""

import attrs

from billmanager_1c.models import DocumentKind, OperationKind
from billmanager_1c.onec import Configuration, CounterpartyNames, DocumentNames

# [begin: operations]
OPERATIONS = {
    "ПоступлениеОплатыОтКлиента": OperationKind.CUSTOMER_PAYMENT,
    "ВозвратОплатыКлиенту": OperationKind.CUSTOMER_REFUND,
}
# [end: operations]

# [begin: configuration]
BANK = DocumentNames(
    entity_set="Document_ПоступлениеБезналичныхДенежныхСредств",
    currency="Валюта_Key",
    operation="ХозяйственнаяОперация",
    operations=OPERATIONS,
    paid="ПроведеноБанком",
    paid_on="ДатаПроведенияБанком",
    incoming_number="НомерВходящегоДокумента",
    incoming_date="ДатаВходящегоДокумента",
    purpose="НазначениеПлатежа",
    lines=None,
    contract="Договор",
)
CASH = DocumentNames(
    entity_set="Document_ПриходныйКассовыйОрдер",
    currency="Валюта_Key",
    operation="ХозяйственнаяОперация",
    operations=OPERATIONS,
    purpose="Основание",
    lines=None,
    contract="Договор",
)
CARD = DocumentNames(
    entity_set="Document_ОперацияПоПлатежнойКарте",
    currency="Валюта_Key",
    operation="ХозяйственнаяОперация",
    operations=OPERATIONS,
    paid="ОплатаВыполнена",
    lines=None,
    contract="Договор_Key",
)

UT_11 = Configuration(
    name="UT_11",
    documents={
        DocumentKind.INCOMING_PAYMENT_ORDER: BANK,
        DocumentKind.CASH_RECEIPT: CASH,
        DocumentKind.CARD_PAYMENT: CARD,
    },
    counterparties=CounterpartyNames(code=None),
)

ERP_2 = attrs.evolve(UT_11, name="ERP_2")
# [end: configuration]
