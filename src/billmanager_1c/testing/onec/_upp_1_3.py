"""«Управление производственным предприятием» 1.3 with ISPsystem's additions, as its OData shows it (1c-odata.md §3.1).

The attributes of the release are many more than a client needs; enough of them stand here to make a client that
forgets ``$select``, counts on an order, or breaks on what it does not know, notice it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...models import DocumentKind
from ._schema import DocumentShape, Schema, Value, catalog, constant, document, exchange_plan, register, sets

_DEALS = "Document_ЗаказПокупателя | Document_ЗаказПоставщику | Document_СчетНаОплатуПокупателю"
_SETTLEMENTS = "Document_ПлатежноеПоручениеВходящее | Document_ПриходныйКассовыйОрдер | Document_РеализацияТоваровУслуг"
_SUBCONTO = "Catalog_Контрагенты | Catalog_ДоговорыКонтрагентов | Catalog_СтатьиДвиженияДенежныхСредств"
_PROJECTS = "Catalog_Проекты | Catalog_ВидыРаспределенияПоПроектам"
_PAYMENTS = (
    "Document_ПлатежноеПоручениеВходящее | Document_ПриходныйКассовыйОрдер | Document_ОплатаОтПокупателяПлатежнойКартой"
)

_SIMPLIFIED_TAX = """
    Содержание_УСН       string(200)
    Графа4_УСН           number(15,2)
    Графа5_УСН           number(15,2)
    Графа6_УСН           number(15,2)
    Графа7_УСН           number(15,2)
    ДоходыЕНВД_УСН       boolean
    РасходыЕНВД_УСН      boolean
    НДС_УСН              number(15,2)
    РучнаяНастройка_УСН  boolean
"""

_LINES = f"""
    ДоговорКонтрагента                Catalog_ДоговорыКонтрагентов
    Сделка                            {_DEALS}
    КурсВзаиморасчетов                number(10,4)
    СуммаПлатежа                      number(15,2)
    КратностьВзаиморасчетов           number(10)
    СуммаВзаиморасчетов               number(15,2)
    СтавкаНДС                         enum
    СуммаНДС                          number(15,2)
    СтатьяДвиженияДенежныхСредств     Catalog_СтатьиДвиженияДенежныхСредств
    СчетУчетаРасчетовСКонтрагентом    ChartOfAccounts_Хозрасчетный
    СчетУчетаРасчетовПоАвансам        ChartOfAccounts_Хозрасчетный
    ДокументПланированияПлатежа       Document_ПланируемоеПоступлениеДенежныхСредств
    Проект                            {_PROJECTS}
    КурсВзаиморасчетовПлан            number(10,4)
    СуммаПлатежаПлан                  number(15,2)
    ДокументРасчетовСКонтрагентом     {_SETTLEMENTS}
"""

_CARD_LINES = f"""
    ДоговорКонтрагента                Catalog_ДоговорыКонтрагентов
    Сделка                            {_DEALS}
    ДокументРасчетовСКонтрагентом     {_SETTLEMENTS}
    КурсВзаиморасчетов                number(10,4)
    СуммаПлатежа                      number(15,2)
    КратностьВзаиморасчетов           number(10)
    СуммаВзаиморасчетов               number(15,2)
    СтавкаНДС                         enum
    СуммаНДС                          number(15,2)
    СтатьяДвиженияДенежныхСредств     Catalog_СтатьиДвиженияДенежныхСредств
    СчетУчетаРасчетовСКонтрагентом    ChartOfAccounts_Хозрасчетный
    СчетУчетаРасчетовПоАвансам        ChartOfAccounts_Хозрасчетный
    Проект                            {_PROJECTS}
"""

_BANK = document(
    "ПлатежноеПоручениеВходящее",
    "Платежное поручение входящее",
    f"""
    ВалютаДокумента                   Catalog_Валюты
    ВидОперации                       enum
    ДоговорКонтрагента                Catalog_ДоговорыКонтрагентов
    ДокументОснование                 {_DEALS}
    Комментарий                       text
    Контрагент                        Catalog_Контрагенты
    НомерВходящегоДокумента           string(30)
    ДатаВходящегоДокумента            date
    Оплачено                          boolean
    Организация                       Catalog_Организации
    Ответственный                     Catalog_Пользователи
    ОтраженоВОперУчете                boolean
    ОтражатьВНалоговомУчете           boolean
    ДатаОплаты                        date
    ЧастичнаяОплата                   boolean
    СтатьяДвиженияДенежныхСредств     Catalog_СтатьиДвиженияДенежныхСредств
    СубконтоКт1                       {_SUBCONTO}
    ОтражатьВБухгалтерскомУчете       boolean
    СубконтоКт2                       {_SUBCONTO}
    СубконтоКт3                       {_SUBCONTO}
    СуммаДокумента                    number(15,2)
    СчетКонтрагента                   Catalog_БанковскиеСчета
    СчетОрганизации                   Catalog_БанковскиеСчета
    СчетУчетаРасчетовСКонтрагентом    ChartOfAccounts_Хозрасчетный
    {_SIMPLIFIED_TAX}
    Подразделение                     Catalog_Подразделения
    НазначениеПлатежа                 text
    СтатьяЗатрат                      Catalog_СтатьиЗатрат
    НоменклатурнаяГруппа              Catalog_НоменклатурныеГруппы
    СуммаУслуг                        number(15,2)
    """,
    РасшифровкаПлатежа=_LINES,
    РеквизитыКонтрагента="""
    Реквизит          string(20)
    Значение          text
    Представление     string(30)
    ТипКонтрагента    string(10)
    """,
)

_CASH = document(
    "ПриходныйКассовыйОрдер",
    "Приходный кассовый ордер",
    f"""
    Организация                       Catalog_Организации
    Касса                             Catalog_Кассы
    Подразделение                     Catalog_Подразделения
    ВидОперации                       enum
    Контрагент                        Catalog_КассыККМ | Catalog_ФизическиеЛица | Catalog_Контрагенты | Catalog_Склады
    ДоговорКонтрагента                Catalog_ДоговорыКонтрагентов
    ВалютаВзаиморасчетовПодотчетника  Catalog_Валюты
    ВалютаДокумента                   Catalog_Валюты
    СуммаДокумента                    number(15,2)
    ПринятоОт                         text
    Основание                         text
    Приложение                        text
    Ответственный                     Catalog_Пользователи
    ОтраженоВОперУчете                boolean
    Оплачено                          boolean
    Комментарий                       text
    ОтражатьВУправленческомУчете      boolean
    ДокументОснование                 {_DEALS}
    ОтражатьВБухгалтерскомУчете       boolean
    РасчетныйДокумент                 {_SETTLEMENTS}
    ОтражатьВНалоговомУчете           boolean
    СчетУчетаРасчетовСКонтрагентом    ChartOfAccounts_Хозрасчетный
    СубконтоКт1                       {_SUBCONTO}
    СубконтоКт2                       {_SUBCONTO}
    СубконтоКт3                       {_SUBCONTO}
    СчетОрганизации                   Catalog_БанковскиеСчета
    СтатьяДвиженияДенежныхСредств     Catalog_СтатьиДвиженияДенежныхСредств
    СтавкаНДС                         enum
    {_SIMPLIFIED_TAX}
    ВыручкаСНТТ                       boolean
    НомерЧекаККМ                      number(8)
    ВидПриемаРозничнойВыручки         enum
    ДенежныйЧек                       Document_ДенежныйЧек
    """,
    РасшифровкаПлатежа=_LINES,
)

_CARD = document(
    "ОплатаОтПокупателяПлатежнойКартой",
    "Оплата от покупателя платежной картой",
    f"""
    Организация                       Catalog_Организации
    Подразделение                     Catalog_Подразделения
    ВидОперации                       enum
    Контрагент                        Catalog_Контрагенты
    СуммаДокумента                    number(15,2)
    Ответственный                     Catalog_Пользователи
    Комментарий                       text
    ДокументОснование                 {_DEALS}
    ОтражатьВУправленческомУчете      boolean
    ОтражатьВБухгалтерскомУчете       boolean
    ОтражатьВНалоговомУчете           boolean
    НомерЧекаККМ                      number(8)
    ДоговорЭквайринга                 Catalog_ДоговорыЭквайринга
    Эквайрер                          Catalog_Контрагенты
    ДоговорВзаиморасчетовЭквайрера    Catalog_ДоговорыКонтрагентов
    ВалютаДокумента                   Catalog_Валюты
    СчетУчетаРасчетовСЭквайрером      ChartOfAccounts_Хозрасчетный
    ВидОплаты                         Catalog_ВидыОплатЧекаККМ
    ПроцентТорговойУступки            number(5,2)
    СуммаТорговойУступки              number(15,2)
    """,
    РасшифровкаПлатежа=_CARD_LINES,
)

_COUNTERPARTIES = catalog(
    "Контрагенты",
    """
    НаименованиеПолное                text
    Комментарий                       text
    ДополнительноеОписание            text
    ГоловнойКонтрагент                Catalog_Контрагенты
    КодПоОКПО                         string(10)
    ИНН                               string(12)
    КПП                               string(9)
    ЮрФизЛицо                         enum
    ОсновнойБанковскийСчет            Catalog_БанковскиеСчета
    ОсновнойДоговорКонтрагента        Catalog_ДоговорыКонтрагентов
    ДокументУдостоверяющийЛичность    text
    ОсновнойМенеджерПокупателя        Catalog_Пользователи
    Покупатель                        boolean
    Поставщик                         boolean
    СрокВыполненияЗаказаПоставщиком   number(3)
    НеЯвляетсяРезидентом              boolean
    ГруппаДоступаКонтрагента          Catalog_ГруппыДоступаКонтрагентов
    """,
    folders=True,
    ВидыДеятельности="ВидДеятельности Catalog_ВидыДеятельностиКонтрагентов",
    МенеджерыПокупателя="МенеджерПокупателя Catalog_Пользователи",
)

_CONTRACTS = catalog(
    "ДоговорыКонтрагентов",
    f"""
    ВалютаВзаиморасчетов              Catalog_Валюты
    ВедениеВзаиморасчетов             enum
    Комментарий                       text
    ВидУсловийДоговора                enum
    ДопустимаяСуммаЗадолженности      number(15,2)
    ДопустимоеЧислоДнейЗадолженности  number(10)
    Организация                       Catalog_Организации
    ПроцентПредоплаты                 number(5,2)
    ТипЦен                            Catalog_ТипыЦенНоменклатуры | Catalog_ТипыЦенНоменклатурыКонтрагентов
    ВидДоговора                       enum
    РасчетыВУсловныхЕдиницах          boolean
    Дата                              date
    Номер                             string(20)
    ОсновнойПроект                    {_PROJECTS}
    СрокДействия                      date
    ЛицевойСчетВBILLmanager           Catalog_ЛицевыеСчетаВBILLmanager
    """,
    owner="Catalog_Контрагенты",
    folders=True,
)

_ORGANIZATIONS = catalog(
    "Организации",
    """
    Префикс                           string(3)
    ИНН                               string(12)
    КПП                               string(9)
    ГоловнаяОрганизация               Catalog_Организации
    НаименованиеПолное                text
    КодПоОКПО                         string(10)
    ЮрФизЛицо                         enum
    ОсновнойБанковскийСчет            Catalog_БанковскиеСчета
    ИностраннаяОрганизация            boolean
    ДатаРегистрации                   date
    ОГРН                              string(15)
    НаименованиеСокращенное           string(160)
    ЦифровойИндексОбособленногоПодразделения  number(5)
    """,
)

_CURRENCIES = catalog(
    "Валюты",
    """
    НаименованиеПолное                string(50)
    ПараметрыПрописиНаРусском         text
    """,
    code="fixed(3)",
    description=10,
)

_SUBACCOUNTS = catalog("ЛицевыеСчетаВBILLmanager", "", code="fixed(11)", description=150)


def _posting_rule(entity_set: str, header: Mapping[str, Value]) -> str | None:
    """Refuse what the documents' own modules refuse (1c-odata.md §3.1)."""
    if header.get("Оплачено", True) or header["ОтраженоВОперУчете"]:
        return None
    return 'Не выбрано правило проведения ("Отразить в опер. учете", "Оплачено")'


_LINE_DEFAULTS = MappingProxyType({"КурсВзаиморасчетов": 1, "КратностьВзаиморасчетов": 1, "СтавкаНДС": "НДС20"})

UPP_1_3 = Schema(
    name="UPP_1_3",
    sets=sets(
        (
            _BANK,
            _CASH,
            _CARD,
            _COUNTERPARTIES,
            _CONTRACTS,
            _ORGANIZATIONS,
            _CURRENCIES,
            _SUBACCOUNTS,
            constant("АдресСервераBILLmanager", "string(250)"),
            register("ДокументыКВыгрузкеВBILLmanager", f"Документ {_PAYMENTS}"),
            register("КодыПлатежейВBILLmanager", f"Документ {_PAYMENTS}", "КодПлатежа string(20)"),
            exchange_plan("ОбменСBILLmanager"),
        )
    ),
    documents={
        DocumentKind.INCOMING_PAYMENT_ORDER: DocumentShape(
            kind=DocumentKind.INCOMING_PAYMENT_ORDER,
            entity_set="Document_ПлатежноеПоручениеВходящее",
            other="ПрочееПоступлениеБезналичныхДенежныхСредств",
            paid="Оплачено",
            paid_on="ДатаОплаты",
            incoming_number="НомерВходящегоДокумента",
            incoming_date="ДатаВходящегоДокумента",
            purpose="НазначениеПлатежа",
            accounting_flags=("ОтраженоВОперУчете", "ОтражатьВБухгалтерскомУчете"),
            line_defaults=_LINE_DEFAULTS,
        ),
        DocumentKind.CASH_RECEIPT: DocumentShape(
            kind=DocumentKind.CASH_RECEIPT,
            entity_set="Document_ПриходныйКассовыйОрдер",
            counterparty="Контрагент",
            other="ПриходДенежныхСредствПрочее",
            paid="Оплачено",
            purpose="Основание",
            accounting_flags=("ОтраженоВОперУчете", "ОтражатьВУправленческомУчете"),
            line_defaults=_LINE_DEFAULTS,
        ),
        DocumentKind.CARD_PAYMENT: DocumentShape(
            kind=DocumentKind.CARD_PAYMENT,
            entity_set="Document_ОплатаОтПокупателяПлатежнойКартой",
            contract=None,
            customer_refund="ВозвратДенежныхСредствПокупателю",
            other="ВозвратДенежныхСредствПокупателю",
            purpose="Комментарий",
            accounting_flags=("ОтражатьВУправленческомУчете", "ОтражатьВБухгалтерскомУчете"),
            line_defaults=_LINE_DEFAULTS,
        ),
    },
    posting_rule=_posting_rule,
)
"""The three documents and their catalogues; ISPsystem's attribute, catalogue, constant and registers; a plan for us."""
