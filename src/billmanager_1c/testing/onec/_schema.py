"""The words in which a 1C configuration is written down: entity sets, their properties, and who plays which part.

A configuration is data (``_upp_1_3`` is one). Its attributes are lines of a name and a type:

    Комментарий        text                      unlimited string
    ИНН                string(12)                varying string, cut at 12 characters
    Code               fixed(9)                  padded with spaces to 9 characters
    СуммаДокумента     number(15,2)              Edm.Double
    НомерЧекаККМ       number(8)                 Edm.Int16 up to three digits, else Edm.Int64
    Оплачено           boolean
    ДатаОплаты         date
    ВидОперации        enum
    Организация        Catalog_Организации       reference: Организация_Key and the navigation Организация
    Контрагент         Catalog_А | Catalog_Б     composite: Контрагент and Контрагент_Type

Reference: 1c-odata.md §1.3, §3.1. Nothing here is shared with the adapter: what one believes, the other must not.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, TypeAlias

import attrs

from ...models import DocumentKind

Value: TypeAlias = object
"""What a property holds: str (also guids and dates, as the wire writes them), bool, int, Decimal, or rows of a part."""

EMPTY_GUID: Final = "00000000-0000-0000-0000-000000000000"
EMPTY_DATE: Final = "0001-01-01T00:00:00"
UNDEFINED: Final = "StandardODATA.Undefined"


class Type(enum.Enum):
    """The type of a property on the wire, with what it holds when it is empty."""

    GUID = ("guid", "Edm.Guid", EMPTY_GUID)
    TEXT = ("string", "Edm.String", "")
    FIXED = ("fixed string", "Edm.String", "")
    ENUM = ("enumeration", "Edm.String", "")
    COMPOSITE = ("composite", "Edm.String", "")
    COMPOSITE_TYPE = ("type of a composite", "Edm.String", UNDEFINED)
    DATE = ("date", "Edm.DateTime", EMPTY_DATE)
    BOOLEAN = ("boolean", "Edm.Boolean", False)
    DOUBLE = ("fraction", "Edm.Double", 0)
    INT16 = ("short integer", "Edm.Int16", 0)
    INT64 = ("long integer", "Edm.Int64", 0)

    def __init__(self, word: str, edm: str, empty: Value) -> None:
        """Keep what the wire calls it, and what it holds when nothing was written."""
        self.word = word
        self.edm = edm
        self.empty = empty


@attrs.frozen
class Property:
    """One property of an entity or of a row, as it is named on the wire."""

    name: str
    type: Type
    #: most characters of a string; 0 is unlimited
    length: int = 0
    #: digits after the point
    scale: int = 0
    #: the sets a reference may lead to
    targets: tuple[str, ...] = ()

    @property
    def empty(self) -> Value:
        """What it holds when nothing was written."""
        return " " * self.length if self.type is Type.FIXED else self.type.empty

    @property
    def navigation(self) -> str | None:
        """The navigation property of a single reference."""
        return self.name.removesuffix("_Key") if self.type is Type.GUID and self.targets else None


class SetKind(enum.Enum):
    """What a set is in 1C."""

    CATALOG = "catalog"
    DOCUMENT = "document"
    REGISTER = "information register"
    CONSTANT = "constant"
    EXCHANGE_PLAN = "exchange plan"


@attrs.frozen(kw_only=True)
class EntitySet:
    """One object of the configuration: its header properties in metadata order, and its tabular parts."""

    name: str
    kind: SetKind
    properties: tuple[Property, ...]
    parts: Mapping[str, tuple[Property, ...]] = attrs.field(factory=dict)
    #: the header properties of its key
    key: tuple[str, ...] = ("Ref_Key",)
    #: what people call one of them
    title: str = ""
    by_name: Mapping[str, Property] = attrs.field(init=False, repr=False)

    @by_name.default
    def _index(self) -> Mapping[str, Property]:
        return {each.name: each for each in self.properties}

    def without(self, attribute: str) -> EntitySet:
        """Return the set without an attribute, as in a base to which nobody added it."""
        names = {attribute, f"{attribute}_Key", f"{attribute}_Type"}
        return attrs.evolve(self, properties=tuple(each for each in self.properties if each.name not in names))


@attrs.frozen(kw_only=True)
class DocumentShape:
    """Which property of a document plays which part. None: this kind of document has no such property."""

    kind: DocumentKind
    entity_set: str
    organization: str = "Организация_Key"
    #: ``Контрагент_Key``, or ``Контрагент`` where it is composite
    counterparty: str = "Контрагент_Key"
    contract: str | None = "ДоговорКонтрагента_Key"
    currency: str = "ВалютаДокумента_Key"
    amount: str = "СуммаДокумента"
    operation: str = "ВидОперации"
    customer_payment: str = "ОплатаПокупателя"
    customer_refund: str | None = None
    #: the value of an operation that is nobody's payment
    other: str = ""
    paid: str | None = None
    paid_on: str | None = None
    incoming_number: str | None = None
    incoming_date: str | None = None
    purpose: str | None = None
    #: set when a document is posted: what makes posting allowed
    accounting_flags: tuple[str, ...] = ()
    lines: str = "РасшифровкаПлатежа"
    line_contract: str = "ДоговорКонтрагента_Key"
    line_amount: str = "СуммаПлатежа"
    #: what a line holds besides, for a contract in the document's currency
    line_defaults: Mapping[str, Value] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Names:
    """The catalogues and registers that the world of a test is built of, and their attributes."""

    counterparties: str = "Catalog_Контрагенты"
    contracts: str = "Catalog_ДоговорыКонтрагентов"
    organizations: str = "Catalog_Организации"
    currencies: str = "Catalog_Валюты"
    subaccounts: str = "Catalog_ЛицевыеСчетаВBILLmanager"
    module_address: str = "Constant_АдресСервераBILLmanager"
    queue: str = "InformationRegister_ДокументыКВыгрузкеВBILLmanager"
    payment_codes: str = "InformationRegister_КодыПлатежейВBILLmanager"
    exchange_plan: str = "ExchangePlan_ОбменСBILLmanager"
    contract_subaccount: str = "ЛицевойСчетВBILLmanager_Key"
    contract_currency: str = "ВалютаВзаиморасчетов_Key"
    legal_status: str = "ЮрФизЛицо"
    person: str = "ФизЛицо"
    company: str = "ЮрЛицо"


PostingRule: TypeAlias = Callable[[str, Mapping[str, Value]], str | None]
"""The module of a document object: given the set and the header, why it cannot be posted, or None."""


@attrs.frozen(kw_only=True)
class Schema:
    """A configuration of 1C, as far as the standard OData interface shows it."""

    name: str
    sets: Mapping[str, EntitySet]
    documents: Mapping[DocumentKind, DocumentShape]
    names: Names = attrs.field(factory=Names)
    posting_rule: PostingRule = lambda entity_set, header: None

    def without(self, *names: str) -> Schema:
        """Return the configuration without some sets (``Catalog_X``) or attributes (``Catalog_X/Attribute``)."""
        sets = dict(self.sets)
        for name in names:
            entity_set, _, attribute = name.partition("/")
            if attribute:
                sets[entity_set] = sets[entity_set].without(attribute)
            else:
                del sets[entity_set]
        return attrs.evolve(self, sets=sets)


# ------------------------------------------------------------------------------------------------ writing it down

_TYPE = re.compile(r"(text|string|fixed|number|boolean|date|enum)(?:\((\d+)(?:,(\d+))?\))?\Z")
_SIMPLE = {"boolean": Type.BOOLEAN, "date": Type.DATE, "enum": Type.ENUM, "text": Type.TEXT, "string": Type.TEXT}


def properties(lines: str) -> tuple[Property, ...]:
    """Read attributes from lines of a name and a type."""
    return tuple(each for line in lines.splitlines() if line.strip() for each in _attribute(*line.split(maxsplit=1)))


def _attribute(name: str, type: str) -> tuple[Property, ...]:
    match = _TYPE.match(type.strip())
    if match is None:
        targets = tuple(target.strip() for target in type.split("|"))
        if len(targets) == 1:
            return (Property(f"{name}_Key", Type.GUID, targets=targets),)
        return (
            Property(name, Type.COMPOSITE, targets=targets),
            Property(f"{name}_Type", Type.COMPOSITE_TYPE, targets=targets),
        )
    word, length, scale = match[1], int(match[2] or 0), int(match[3] or 0)
    if word == "fixed":
        return (Property(name, Type.FIXED, length),)
    if word == "number":
        whole = Type.INT16 if length <= 3 else Type.INT64
        return (Property(name, Type.DOUBLE if scale else whole, length, scale),)
    return (Property(name, _SIMPLE[word], length),)


_LINE = (Property("LineNumber", Type.INT64, 5),)


def _parts(parts: Mapping[str, str]) -> dict[str, tuple[Property, ...]]:
    return {name: _LINE + properties(lines) for name, lines in parts.items()}


def document(name: str, title: str, attributes: str, *, number: str = "fixed(11)", **parts: str) -> EntitySet:
    """Write down a document with its tabular parts."""
    standard = properties(f"Number {number}\nDate date\nDeletionMark boolean\nPosted boolean")
    head = (Property("Ref_Key", Type.GUID), Property("DataVersion", Type.TEXT))
    return EntitySet(
        name=f"Document_{name}",
        kind=SetKind.DOCUMENT,
        title=title,
        properties=(*head, *standard, *properties(attributes)),
        parts=_parts(parts),
    )


def catalog(
    name: str,
    attributes: str,
    *,
    code: str = "fixed(9)",
    description: int = 100,
    owner: str | None = None,
    folders: bool = False,
    **parts: str,
) -> EntitySet:
    """Write down a catalogue. ``owner``: the set its items belong to; ``folders``: it has a tree of groups."""
    full = f"Catalog_{name}"
    standard = "Predefined boolean\nPredefinedDataName text"
    belongs = f"\nOwner {owner}" if owner else ""
    tree = f"\nParent {full}\nIsFolder boolean" if folders else ""
    named = f"\nCode {code}\nDescription string({description})\nDeletionMark boolean"
    first, *rest = properties(standard)
    return EntitySet(
        name=full,
        kind=SetKind.CATALOG,
        title=name,
        properties=(
            Property("Ref_Key", Type.GUID),
            first,
            *rest,
            Property("DataVersion", Type.TEXT),
            *properties(belongs + tree + named),
            *properties(attributes),
        ),
        parts=_parts(parts),
    )


def register(name: str, dimensions: str, resources: str = "") -> EntitySet:
    """Write down an independent information register without a period."""
    key = properties(dimensions)
    return EntitySet(
        name=f"InformationRegister_{name}",
        kind=SetKind.REGISTER,
        title=name,
        properties=(*key, *properties(resources)),
        key=tuple(each.name for each in key),
    )


def exchange_plan(name: str) -> EntitySet:
    """Write down an exchange plan; its items are the nodes."""
    numbers = "SentNo number(10)\nReceivedNo number(10)\nExchangeDate date"
    attributes = f"Code string(36)\nDescription string(150)\nDeletionMark boolean\n{numbers}"
    head, version = Property("Ref_Key", Type.GUID), Property("DataVersion", Type.TEXT)
    code, description, *rest = properties(attributes)
    return EntitySet(
        name=f"ExchangePlan_{name}",
        kind=SetKind.EXCHANGE_PLAN,
        title=name,
        properties=(head, code, description, version, *rest),
    )


def constant(name: str, type: str) -> EntitySet:
    """Write down a constant."""
    return EntitySet(
        name=f"Constant_{name}",
        kind=SetKind.CONSTANT,
        title=name,
        properties=(Property("SurrogateKey", Type.GUID), *properties(f"Value {type}")),
        key=("SurrogateKey",),
    )


def sets(each: Collection[EntitySet]) -> dict[str, EntitySet]:
    """Index sets by their names."""
    return {entity_set.name: entity_set for entity_set in each}
