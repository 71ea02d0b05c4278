"""What strangers may send: any JSON, and good answers with something wrong in them."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

#: values that have broken somebody's reader before
NASTY: tuple[Any, ...] = (
    None,
    True,
    [],
    {},
    "",
    0,
    -1,
    "0",
    "null",
    "NaN",
    "\0",
    "\ud800",
    "١٧",
    "１２",
    "1,50",
    "1\u00a0000.00",
    "-1",
    "1e3",
    "9" * 5000,
    "0000-00-00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59",
    "9999-12-31 23:59:59",
    "2026-02-30",
    "00000000-0000-0000-0000-000000000000",
    "<b>&amp;</b>",
    "x" * 70_000,
    [[[]]],
    {"$": {"$": {"$": "1"}}},
    {"$orig": [1]},
)

#: numbers that Python's own writer of JSON would refuse or spoil; they are put in place of a marker
NUMBERS = (
    "9" * 5000,
    "-" + "9" * 40,
    "1E+999999",
    "1E-999999999",
    "1E+99999999999999999999999",
    "0E-999999999",
    "0.1",
    "1e2",
    "NaN",
    "Infinity",
    "-Infinity",
)
_MARKER = "put a number here"

texts = st.text(max_size=20) | st.sampled_from([value for value in NASTY if isinstance(value, str)])
#: what the readers look for
WORDS = """
doc error ok elem id $ $orig $type $object $func $id msg param tparams elid value odata.error code message #exception
exception descr inner Ref_Key Date DataVersion p_elems user auth amount
"""
names = st.sampled_from(WORDS.split())
values: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(NASTY) | st.integers() | texts | st.just(_MARKER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | texts, inner, max_size=5),
    max_leaves=15,
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Any JSON, more often than not with the names that are looked for."""
    value = draw(values)
    if draw(st.booleans()):
        value = {draw(st.sampled_from(["doc", "error", "value", "odata.error", "#exception"])): value}
    return _written(draw, value)


@st.composite
def spoiled(draw: st.DrawFn, good: bytes) -> bytes:
    """A good answer with something wrong: in its values, its structure, or its bytes."""
    if draw(st.integers(0, 3)) == 0:
        return draw(_spoiled_bytes(good))
    value = json.loads(good.decode("utf-8-sig"))
    for _ in range(draw(st.integers(1, 3))):
        value = _spoil(draw, copy.deepcopy(value))
    return _written(draw, value)


def _spoil(draw: st.DrawFn, root: Any) -> Any:
    """Change one place, however deep."""
    top = [root]
    holder: Any = top
    key: Any = 0
    while True:
        node = holder[key]
        if not node or not isinstance(node, dict | list) or draw(st.integers(0, 4)) == 0:
            break
        holder, key = node, draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
    deed = draw(st.sampled_from(["replace", "drop", "wrap", "double", "rename"]))
    if deed == "drop" and isinstance(holder, dict):
        del holder[key]
    elif deed == "wrap":
        holder[key] = [holder[key]]
    elif deed == "double":
        holder[key] = [holder[key], holder[key]]
    elif deed == "rename" and isinstance(holder, dict):
        holder[draw(names)] = holder.pop(key)
    else:
        holder[key] = draw(values)
    return top[0]


@st.composite
def _spoiled_bytes(draw: st.DrawFn, good: bytes) -> bytes:
    place = draw(st.integers(0, len(good)))
    junk = draw(
        st.binary(max_size=4) | st.sampled_from([b"\xff\xfe", b"\0", b"\xd0", b'"', b"{", b"]", b"\xef\xbb\xbf"])
    )
    match draw(st.sampled_from(["cut", "insert", "overwrite", "twice", "bom"])):
        case "cut":
            return good[:place]
        case "insert":
            return good[:place] + junk + good[place:]
        case "overwrite":
            return good[:place] + junk + good[place + len(junk) :]
        case "twice":
            return good + good
    return b"\xef\xbb\xbf" + good


def _written(draw: st.DrawFn, value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    while f'"{_MARKER}"' in text:
        text = text.replace(f'"{_MARKER}"', draw(st.sampled_from(NUMBERS)), 1)
    return text.encode("utf-8", "surrogatepass")
