"""«Бухгалтерия предприятия» 3.0 as its OData shows it, with ISPsystem's attribute added by an extension (§3.2).

Attributes, their types and their order are those of release 3.0.151.27, as far as a client may stumble over them. What
ISPsystem adds to УПП does not exist for this configuration: the contract's attribute, the catalogue of subaccounts and
the queue register stand here as an extension might add them, under the same names.
"""

from __future__ import annotations

from types import MappingProxyType

from ...models import DocumentKind
from ._schema import DocumentShape, Names, Schema, catalog, document, exchange_plan, register, sets

_DEALS = "Document_СчетНаОплатуПокупателю | Document_РеализацияТоваровУслуг | Document_ДокументРасчетовСКонтрагентом"
_BASES = "Document_СчетНаОплатуПокупателю | Document_РеализацияТоваровУслуг | Document_ОплатаПлатежнойКартой"
_SUBCONTO = "Catalog_Контрагенты | Catalog_ДоговорыКонтрагентов | Catalog_СтатьиДвиженияДенежныхСредств"
_PAYMENTS = "Document_ПоступлениеНаРасчетныйСчет | Document_ПриходныйКассовыйОрдер | Document_ОплатаПлатежнойКартой"

_SIMPLIFIED_TAX = """
    Содержание_УСН       string(300)
    Графа4_УСН           number(15,2)
    Графа5_УСН           number(15,2)
    Графа6_УСН           number(15,2)
    Графа7_УСН           number(15,2)
    ДоходыЕНВД_УСН       boolean
"""

_LINES = f"""
    ДоговорКонтрагента              Catalog_ДоговорыКонтрагентов
    СпособПогашенияЗадолженности    enum
    Сделка                          {_DEALS}
    СуммаПлатежа                    number(15,2)
    КурсВзаиморасчетов              number(10,4)
    СуммаВзаиморасчетов             number(15,2)
    СтавкаНДС                       enum
    СуммаНДС                        number(15,2)
    СчетНаОплату                    Document_СчетНаОплатуПокупателю
    {{cash_flow}}
    СчетУчетаРасчетовСКонтрагентом  ChartOfAccounts_Хозрасчетный
    СчетУчетаРасчетовПоАвансам      ChartOfAccounts_Хозрасчетный
    КратностьВзаиморасчетов         number(10)
    УслугаНПД                       Catalog_Номенклатура
"""
_CASH_FLOW = "СтатьяДвиженияДенежныхСредств Catalog_СтатьиДвиженияДенежныхСредств"

_BANK = document(
    "ПоступлениеНаРасчетныйСчет",
    "Поступление на расчетный счет",
    f"""
    Организация                     Catalog_Организации
    ВидОперации                     enum
    СчетОрганизации                 Catalog_БанковскиеСчета
    ПодразделениеОрганизации        Catalog_ПодразделенияОрганизаций
    СчетБанк                        ChartOfAccounts_Хозрасчетный
    НомерВходящегоДокумента         string(20)
    ДатаВходящегоДокумента          date
    Контрагент                      Catalog_Контрагенты | Catalog_ФизическиеЛица
    СчетКонтрагента                 Catalog_БанковскиеСчета
    СуммаДокумента                  number(15,2)
    СчетУчетаРасчетовСКонтрагентом  ChartOfAccounts_Хозрасчетный
    СубконтоКт1                     {_SUBCONTO}
    СубконтоКт2                     {_SUBCONTO}
    СубконтоКт3                     {_SUBCONTO}
    СтатьяДвиженияДенежныхСредств   Catalog_СтатьиДвиженияДенежныхСредств
    СуммаУслуг                      number(15,2)
    НазначениеПлатежа               string(210)
    Ответственный                   Catalog_Пользователи
    Комментарий                     text
    ДоговорКонтрагента              Catalog_ДоговорыКонтрагентов
    ВалютаДокумента                 Catalog_Валюты
    ДокументОснование               {_BASES}
    {_SIMPLIFIED_TAX}
    РучнаяКорректировка             boolean
    БезЗакрывающихДокументов        boolean
    НомерЧекаККМ                    number(8)
    ОтражениеВУСН                   enum
    СуммаВозврата                   number(15,2)
    КодВалютнойОперации             string(5)
    """,
    РасшифровкаПлатежа=_LINES.format(cash_flow=_CASH_FLOW),
    РеквизитыКонтрагента="""
    Реквизит          string(20)
    Значение          text
    Представление     string(30)
    ТипКонтрагента    string(10)
    """,
)

_CASH = document(
    "ПриходныйКассовыйОрдер",
    "Поступление наличных",
    f"""
    ВидОперации                     enum
    Организация                     Catalog_Организации
    СуммаДокумента                  number(15,2)
    ВалютаДокумента                 Catalog_Валюты
    СчетКасса                       ChartOfAccounts_Хозрасчетный
    ПодразделениеОрганизации        Catalog_ПодразделенияОрганизаций
    Контрагент       Catalog_Склады | Catalog_БанковскиеСчета | Catalog_Контрагенты | Catalog_ФизическиеЛица
    ДеятельностьНаПатенте           boolean
    ВыручкаСНТТ                     boolean
    СчетУчетаРасчетовСКонтрагентом  ChartOfAccounts_Хозрасчетный
    СубконтоКт1                     {_SUBCONTO}
    СубконтоКт2                     {_SUBCONTO}
    СубконтоКт3                     {_SUBCONTO}
    ПринятоОт                       string(250)
    Основание                       string(250)
    Приложение                      string(250)
    Ответственный                   Catalog_Пользователи
    Комментарий                     text
    ДоговорКонтрагента              Catalog_ДоговорыКонтрагентов
    ДокументОснование               {_BASES}
    СтатьяДвиженияДенежныхСредств   Catalog_СтатьиДвиженияДенежныхСредств
    СтавкаНДС                       enum
    {_SIMPLIFIED_TAX}
    НомерЧекаККМ                    number(8)
    РучнаяКорректировка             boolean
    БезЗакрывающихДокументов        boolean
    """,
    РасшифровкаПлатежа=_LINES.format(cash_flow=_CASH_FLOW),
)

_CARD = document(
    "ОплатаПлатежнойКартой",
    "Операция по платежной карте",
    f"""
    ВидОперации                     enum
    Организация                     Catalog_Организации
    СуммаДокумента                  number(15,2)
    ВалютаДокумента                 Catalog_Валюты
    СчетКасса                       ChartOfAccounts_Хозрасчетный
    ПодразделениеОрганизации        Catalog_ПодразделенияОрганизаций
    Контрагент                      Catalog_Склады | Catalog_Контрагенты
    ДеятельностьНаПатенте           boolean
    Ответственный                   Catalog_Пользователи
    Комментарий                     text
    ДоговорКонтрагента              Catalog_ДоговорыКонтрагентов
    ДокументОснование               {_BASES}
    СтавкаНДС                       enum
    {_SIMPLIFIED_TAX}
    РучнаяКорректировка             boolean
    ВидОплаты                       Catalog_ВидыОплатОрганизаций
    Эквайер                         Catalog_Контрагенты
    ДоговорЭквайринга               Catalog_ДоговорыКонтрагентов
    НомерЧекаККМ                    number(8)
    СсылочныйНомер                  string(100)
    НомерПлатежнойКарты             string(24)
    СуммаКомиссии                   number(15,2)
    БезЗакрывающихДокументов        boolean
    НомерВходящегоДокумента         string(50)
    ДатаВходящегоДокумента          date
    """,
    РасшифровкаПлатежа=_LINES.format(cash_flow=""),
)

_COUNTERPARTIES = catalog(
    "Контрагенты",
    """
    НаименованиеПолное              string(550)
    ОбособленноеПодразделение       boolean
    ЮридическоеФизическоеЛицо       enum
    СтранаРегистрации               Catalog_СтраныМира
    ГоловнойКонтрагент              Catalog_Контрагенты
    ИНН                             string(50)
    КПП                             string(9)
    КодПоОКПО                       string(10)
    ДокументУдостоверяющийЛичность  string(250)
    ОсновнойБанковскийСчет          Catalog_БанковскиеСчета
    Комментарий                     text
    ИННВведенКорректно              boolean
    КППВведенКорректно              boolean
    Самозанятый                     boolean
    ИндивидуальныйПредприниматель   boolean
    """,
    folders=True,
    ИсторияКПП="""
    Период    date
    КПП       string(9)
    """,
)

_CONTRACTS = catalog(
    "ДоговорыКонтрагентов",
    """
    ВалютаВзаиморасчетов            Catalog_Валюты
    Комментарий                     text
    Организация                     Catalog_Организации
    ТипЦен                          Catalog_ТипыЦенНоменклатуры
    ВидДоговора                     enum
    РасчетыВУсловныхЕдиницах        boolean
    Дата                            date
    Номер                           string(50)
    СрокДействия                    date
    Валютный                        boolean
    ОплатаВВалюте                   boolean
    ДоговорЗакрыт                   boolean
    ЛицевойСчетВBILLmanager         Catalog_ЛицевыеСчетаВBILLmanager
    """,
    owner="Catalog_Контрагенты",
    folders=True,
)

_ORGANIZATIONS = catalog(
    "Организации",
    """
    ГоловнаяОрганизация             Catalog_Организации
    КПП                             string(9)
    ИНН                             string(12)
    ДатаРегистрации                 date
    ОсновнойБанковскийСчет          Catalog_БанковскиеСчета
    КодПоОКПО                       string(14)
    НаименованиеПолное              string(250)
    НаименованиеСокращенное         string(250)
    ОбособленноеПодразделение       boolean
    ОГРН                            string(15)
    ИностраннаяОрганизация          boolean
    Префикс                         string(2)
    ЮридическоеФизическоеЛицо       enum
    """,
    description=150,
)

_CURRENCIES = catalog(
    "Валюты",
    """
    ЗагружаетсяИзИнтернета          boolean
    НаименованиеПолное              string(50)
    ОсновнаяВалюта                  Catalog_Валюты
    ПараметрыПрописи                string(200)
    """,
    code="fixed(3)",
    description=10,
)

_LINE_DEFAULTS = MappingProxyType({"КурсВзаиморасчетов": 1, "КратностьВзаиморасчетов": 1, "СтавкаНДС": "НДС20"})

BP_3_0 = Schema(
    name="BP_3_0",
    sets=sets(
        (
            _BANK,
            _CASH,
            _CARD,
            _COUNTERPARTIES,
            _CONTRACTS,
            _ORGANIZATIONS,
            _CURRENCIES,
            catalog("ЛицевыеСчетаВBILLmanager", "", code="fixed(11)", description=150),
            register("ДокументыКВыгрузкеВBILLmanager", f"Документ {_PAYMENTS}"),
            exchange_plan("ОбменСBILLmanager"),
        )
    ),
    documents={
        DocumentKind.INCOMING_PAYMENT_ORDER: DocumentShape(
            kind=DocumentKind.INCOMING_PAYMENT_ORDER,
            entity_set="Document_ПоступлениеНаРасчетныйСчет",
            counterparty="Контрагент",
            other="ПоступленияОтПродажПоПлатежнымКартамИБанковскимКредитам",
            incoming_number="НомерВходящегоДокумента",
            incoming_date="ДатаВходящегоДокумента",
            purpose="НазначениеПлатежа",
            line_defaults=_LINE_DEFAULTS,
        ),
        DocumentKind.CASH_RECEIPT: DocumentShape(
            kind=DocumentKind.CASH_RECEIPT,
            entity_set="Document_ПриходныйКассовыйОрдер",
            counterparty="Контрагент",
            other="РозничнаяВыручка",
            purpose="Основание",
            line_defaults=_LINE_DEFAULTS,
        ),
        DocumentKind.CARD_PAYMENT: DocumentShape(
            kind=DocumentKind.CARD_PAYMENT,
            entity_set="Document_ОплатаПлатежнойКартой",
            counterparty="Контрагент",
            customer_refund="ВозвратПокупателю",
            other="РозничнаяВыручка",
            purpose="Комментарий",
            line_defaults=_LINE_DEFAULTS,
        ),
    },
    names=Names(legal_status="ЮридическоеФизическоеЛицо", person="ФизическоеЛицо", company="ЮридическоеЛицо"),
)
"""The three documents and their catalogues, with what an extension adds. Posting asks for nothing besides."""
