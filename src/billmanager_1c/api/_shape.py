"""What a form or a list is made of: the way to find out what an installation calls its things.

``out=devel`` adds a description to the document: the fields of a form, the columns and buttons of a list, and the
texts beside them in the language of the call (billmanager-api.md §1.5, seen in a log of 6.94). Without it the names
alone are read from what the document shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from ._dialect import Dialect
from ._document import Document
from ._operation import Call, Operation

#: children of any document that are no fields of a form
_FURNITURE: Final = frozenset(
    {
        *("metadata", "messages", "tparams", "saved_filters", "slist", "links", "branding", "addon", "tips", "steps"),
        *("elem", "elid", "plid", "page", "p_sort", "p_order", "p_cnt", "p_num", "p_elems", "ok", "error", "doc"),
        *("unavailable", "notify", "default_avatar", "banner", "filter", "help_links"),
    }
)
#: last words of functions that act without being told ``sok`` (§1.1: payment.setpaid and payment.delete do)
_ACTS: Final = re.compile(
    r"(?:set|un|re|delete|suspend|send|generate|upload|load|up|down|merge|copy|start|stop|on|off)\w*"
)


@attrs.frozen(kw_only=True)
class FormField:
    """A field of a form."""

    name: str
    #: what people read beside it; empty where the answer did not say
    label: str = ""
    value: str = attrs.field(default="", repr=False)
    #: what it can be set to, where that is a closed choice
    choices: tuple[str, ...] = ()
    is_read_only: bool = False


@attrs.frozen(kw_only=True)
class Shape:
    """What a form or a list is made of."""

    #: True if BILLmanager described it; else there are only the names that the document happens to show
    is_described: bool
    #: of a form, by name
    fields: Mapping[str, FormField] = attrs.field(factory=dict)
    #: of a list: headings by name
    columns: Mapping[str, str] = attrs.field(factory=dict)
    #: of a list: functions behind its buttons, in their order
    functions: tuple[str, ...] = ()
    #: of a list: raw values by column
    rows: tuple[Mapping[str, str], ...] = attrs.field(default=(), repr=False)
    #: how many rows the whole list has; None where BILLmanager did not say
    total: int | None = None


def _fixed(params: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(params))


@attrs.frozen
class ReadShape(Operation[Shape]):
    """Read what a form or a list is made of. It can save nothing: ``sok`` is refused, and so are functions that act."""

    func: str = attrs.field()
    params: Mapping[str, str] = attrs.field(factory=dict, converter=_fixed, hash=False)
    #: ask for the description; else for the document alone
    described: bool = True

    @func.validator
    def _only_shows(self, attribute: object, value: str) -> None:
        object_name, _, verb = value.rpartition(".")
        if object_name and _ACTS.fullmatch(verb):
            raise ValueError(f"{value} may do something; ReadShape asks for forms and lists only")

    @params.validator
    def _saves_nothing(self, attribute: object, value: Mapping[str, str]) -> None:
        if saving := value.keys() & {"sok", "snext", "clicked_button"}:
            raise ValueError(f"{self.func}: {sorted(saving)} would save the form")

    def call(self, dialect: Dialect) -> Call:
        """Return the call; a wizard's answer may be signed by one of its steps."""
        is_step = self.func.startswith(f"{dialect.create_family}.")
        family = dialect.create_family if is_step else self.func
        return Call(self.func, self.params, family=family, out="devel" if self.described else "json")

    def read(self, document: Document, dialect: Dialect) -> Shape:
        """Read the description, or what can be seen without one."""
        about = document.child("metadata")
        labels = {text.attribute("name"): text.own_text for text in _below(document, "messages", "msg")}
        rows = tuple({name: row.code(name) for name in row} for row in document.rows())
        columns = dict.fromkeys(_below_names(about, "coldata", "col")) | dict.fromkeys(
            name for row in rows for name in row
        )
        return Shape(
            is_described=about is not None and ("form" in about or "coldata" in about),
            fields=_fields(document, about, labels),
            columns={name: labels.get(name, "") for name in columns},
            functions=tuple(_functions(about)),
            rows=rows,
            total=_total(document),
        )


def _fields(document: Document, about: Document | None, labels: Mapping[str, str]) -> dict[str, FormField]:
    form = about.child("form") if about is not None else None
    controls = dict(_controls(form)) if form is not None else {}
    shown = [name for name in document if name not in _FURNITURE]
    choices = {each.attribute("name"): _keys(each) for each in document.children("slist")}
    fields = {}
    for name in dict.fromkeys([*controls, *shown, *filter(None, choices)]):
        control = controls.get(name)
        fields[name] = FormField(
            name=name,
            label=labels.get(name, ""),
            value=document.code(name),
            choices=choices.get(name, ()),
            is_read_only=control is not None and control.attribute("readonly") == "yes",
        )
    return fields


def _controls(element: Document) -> Iterator[tuple[str, Document]]:
    """Yield what is inside the fields of a form, however deep: forms have pages, and pages groups of fields."""
    for name in element:
        for child in element.children(name):
            if name != "field":
                if name not in {"buttons", "if", "else"}:
                    yield from _controls(child)
                continue
            inner = [control for kind in child for control in child.children(kind) if control.attribute("name")]
            for control in inner or [child]:
                yield control.attribute("name"), control


def _functions(about: Document | None) -> Iterator[str]:
    toolbar = about.child("toolbar") if about is not None else None
    if toolbar is None:
        return
    groups = [toolbar, *toolbar.children("toolgrp")]
    yield from dict.fromkeys(
        button.attribute("func") for group in groups for button in group.children("toolbtn") if button.attribute("func")
    )


def _keys(choices: Document) -> tuple[str, ...]:
    return tuple(value.attribute("key") or value.own_text for value in choices.children("val"))


def _below(document: Document, name: str, child: str) -> Iterator[Document]:
    for each in document.children(name):
        yield from each.children(child)


def _below_names(about: Document | None, name: str, child: str) -> list[str]:
    return [] if about is None else [each.attribute("name") for each in _below(about, name, child)]


def _total(document: Document) -> int | None:
    text = document.text("p_elems")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
