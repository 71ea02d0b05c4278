"""How a test asks without a wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from billmanager_1c.api import AuthInfo, Credentials, Dialect, Operation, Reply, decode

Decode = Callable[..., Any]

_LOGIN = AuthInfo("1c", "hush")


@pytest.fixture
def read() -> Decode:
    """Read an answer: a document as Python values, or a body as it is."""

    def read(
        operation: Operation[Any],
        answer: object = None,
        *,
        body: bytes | None = None,
        status: int = 200,
        content_type: str = "application/json",
        dialect: Dialect | None = None,
        credentials: Credentials = _LOGIN,
    ) -> Any:
        reply = Reply(
            status=status,
            content_type=content_type,
            body=json.dumps({"doc": answer}).encode() if body is None else body,
        )
        zone = ZoneInfo("Europe/Moscow")
        return decode(operation, reply, dialect=dialect or Dialect(), zone=zone, credentials=credentials)

    return read


@pytest.fixture
def as_json() -> Callable[[str], bytes]:
    """Turn a real XML answer into the JSON that BILLmanager makes of it (billmanager-api.md §1.6)."""

    def value(element: ElementTree.Element) -> dict[str, object]:
        node: dict[str, Any] = {f"${name}": text for name, text in element.attrib.items()}
        for child in element:
            node.setdefault(child.tag, []).append(value(child))
        for name, found in node.items():
            if isinstance(found, list) and len(found) == 1 and name != "elem":
                node[name] = found[0]
        if element.text and element.text.strip():
            node["$"] = element.text
        return node

    def convert(xml: str) -> bytes:
        root = ElementTree.fromstring(xml)
        return json.dumps({root.tag: value(root)}, ensure_ascii=False).replace("/", "\\/").encode()

    return convert
