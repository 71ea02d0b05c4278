"""A BILLmanager answer as a tree, and how it is written: JSON by billmanager-api.md §1.6, XML, HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import TypeAlias

import attrs

Content: TypeAlias = "str | Element"

#: arrays even when they stand alone
_ALWAYS_ARRAYS = frozenset({"elem", "slist", "val"})


def _children(pairs: Iterable[tuple[str, Content]]) -> tuple[tuple[str, Content], ...]:
    return tuple(pairs)


@attrs.frozen
class Element:
    """An element: attributes, text, and named children in order. A child that is only text is a ``str``."""

    text: str = ""
    attributes: Mapping[str, str] = attrs.field(factory=dict)
    children: tuple[tuple[str, Content], ...] = attrs.field(default=(), converter=_children)

    @classmethod
    def of(cls, children: Mapping[str, Content] | Iterable[tuple[str, Content]], **attributes: str) -> Element:
        """Make an element without text."""
        pairs: Iterable[tuple[str, Content]] = children.items() if isinstance(children, Mapping) else children
        return cls("", attributes, pairs)


def to_json(name: str, root: Element) -> bytes:
    """Write the document as BILLmanager's ``out=json`` does, with escaped slashes."""
    text = json.dumps({name: _value(root)}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/").encode()


def _value(content: Content) -> dict[str, object]:
    if isinstance(content, str):
        return {"$": content} if content else {}
    result: dict[str, object] = {f"${name}": value for name, value in content.attributes.items()}
    for name, child in content.children:
        value = _value(child)
        known = result.get(name)
        if isinstance(known, list):
            known.append(value)
        elif known is not None:
            result[name] = [known, value]
        else:
            result[name] = [value] if name in _ALWAYS_ARRAYS else value
    if content.text:
        result["$"] = content.text
    return result


def to_xml(name: str, root: Element) -> bytes:
    """Write the document as ``out=xml`` does."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _write(name, root, parts)
    return "".join(parts).encode()


def _write(name: str, content: Content, parts: list[str]) -> None:
    element = Element(content) if isinstance(content, str) else content
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in element.attributes.items())
    if not element.text and not element.children:
        parts.append(f"<{name}{attributes}/>")
        return
    parts.append(f"<{name}{attributes}>{escape(element.text, quote=False)}")
    for key, child in element.children:
        _write(key, child, parts)
    parts.append(f"</{name}>")


def to_html(title: str, text: str = "") -> bytes:
    """Write a page, as a browser would get it."""
    page = f"<!DOCTYPE html><html><head><title>{escape(title)}</title></head><body><h1>{escape(title)}</h1>"
    return f"{page}<p>{escape(text)}</p></body></html>".encode()
