"""XML as BILLmanager writes it, read into the values that its JSON would have (billmanager-api.md §1.6)."""

from __future__ import annotations

from typing import TypeAlias
from xml.parsers import expat

from ..wirejson import DEPTH_LIMIT, Flaw, writable

_Node: TypeAlias = "dict[str, object]"


class _TooDeep(Exception):
    pass


class _Unwanted(Exception):
    """A document type: BILLmanager sends none, and entities of one could grow without end."""


def read_xml(body: bytes) -> dict[str, object] | Flaw:
    """Return the root under its name, or what is wrong with the text.

    An attribute stands under ``$name``, text under ``$``, children under their names, several of one name in a list.
    """
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text.append
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(body, True)
    except _TooDeep:
        return Flaw.TOO_DEEP
    except (expat.ExpatError, _Unwanted, ValueError, LookupError):  # the last two: of an encoding that nobody knows
        return Flaw.NOT_JSON
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: _Node = {}
        self.text: list[str] = []
        self._open: list[_Node] = [self.root]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._keep_text()
        if len(self._open) > DEPTH_LIMIT:
            raise _TooDeep
        node: _Node = {f"${key}": writable(value) for key, value in attributes.items()}
        parent = self._open[-1]
        known = parent.get(name)
        if known is None:
            parent[name] = node
        elif isinstance(known, list):
            known.append(node)
        else:
            parent[name] = [known, node]
        self._open.append(node)

    def end(self, name: str) -> None:
        self._keep_text()
        node = self._open.pop()
        # Between children there is only the layout of the text.
        text = node.get("$")
        if isinstance(text, str) and not text.strip() and len(node) > 1:
            del node["$"]

    def refuse(self, *declaration: object) -> None:
        raise _Unwanted

    def _keep_text(self) -> None:
        if self.text:
            node, piece = self._open[-1], "".join(self.text)
            self.text.clear()
            node["$"] = f"{node.get('$', '')}{piece}"
