"""Whatever BILLmanager answers becomes a value or an exception of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from doors import OPERATIONS, answers, read_answer
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import documents, spoiled

from billmanager_1c import api, errors

pytestmark = pytest.mark.property

every_operation = pytest.mark.parametrize("kind", OPERATIONS, ids=[kind.__name__ for kind in OPERATIONS])
statuses = st.sampled_from([200, 200, 200, 201, 204, 400, 403, 404, 429, 460, 500, 502, 999])
types = st.sampled_from(["application/json", "text/html; charset=windows-1251", "", "text/xml"])


def test_every_operation_is_tried() -> None:
    """For each operation there is a good answer to spoil, so that none is forgotten here."""
    assert set(answers()) == set(OPERATIONS)
    for operation, body in (each for several in answers().values() for each in several):
        assert not isinstance(read_answer(operation, body), Exception)


@every_operation
@settings(max_examples=30)
@given(data=st.data())
def test_spoiled_answers(kind: type[api.Operation[Any]], data: st.DataObject) -> None:
    """A good answer with something wrong in it is read, or refused in our own words; never anything else."""
    operation, good = data.draw(st.sampled_from(answers()[kind]))
    read_answer(operation, data.draw(spoiled(good)), status=data.draw(statuses), content_type=data.draw(types))


@settings(max_examples=200)
@given(
    kind=st.sampled_from(OPERATIONS), body=documents() | st.binary(max_size=200), status=statuses, content_type=types
)
def test_any_answer(kind: type[api.Operation[Any]], body: bytes, status: int, content_type: str) -> None:
    """So is any JSON, and any bytes."""
    read_answer(answers()[kind][0][0], body, status=status, content_type=content_type)


WRITES = [kind for kind in OPERATIONS if kind.writes]

UNREADABLE = {
    "invalid UTF-8": b'{"doc":{"ok":{"$":"\xff"}}}',
    "cut in a letter": b'{"doc":{"ok":{"$":"\xd0',
    "UTF-16": '{"doc":{"ok":{}}}'.encode("utf-16"),
    "a NUL outside of text": b'{"doc":{"ok":{}}\0}',
    "a raw NUL in a text": b'{"doc":{"ok":{"$":"\0"}}}',
    "deep lists": b'{"doc":' + b"[" * 100_000,
    "deep objects": b'{"doc":' + b'{"a":' * 100_000,
    "closed and deep": b'{"doc":' + b"[" * 70 + b"]" * 70 + b"}",
    "two documents": b'{"doc":{"ok":{}}}{"doc":{"ok":{}}}',
    "a comment": b'{"doc":{"ok":{}}} // ok',
    "a lone number": b"9" * 5000,
    "NaN": b"NaN",
    "a billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><doc><ok>&b;</ok></doc>',
    "a file of ours": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><doc><ok>&x;</ok></doc>',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("kind", WRITES, ids=[kind.__name__ for kind in WRITES])
def test_what_cannot_be_read_leaves_a_write_unknown(kind: type[api.Operation[Any]], body: bytes) -> None:
    """An answer that does not say what happened says: look first."""
    error = read_answer(answers()[kind][0][0], body)
    assert isinstance(error, errors.UnreadableAnswer) and error.repeat is errors.Repeat.LOOK_FIRST


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (
            b'{"doc":{"user":{"$id":"1","$level":"29","$name":"first"},"user":{"$id":"2","$level":"29","$name":"x"}}}',
            "x",
        ),
        (b'{"doc":{"user":{"$id":"1","$level":"29","$name":"a\\u0000b"}}}', "a?b"),
        (b'{"doc":{"user":{"$id":"1","$level":"29","$name":"a\\ud83d"}}}', "a?"),
        (b'{"doc":{"user":{"$id":"1","$level":"29","$name":"\\ud83d\\ude00"}}}', "\U0001f600"),
        (b'\xef\xbb\xbf{"doc":{"user":{"$id":1,"$level":29,"$name":"x"}}}', "x"),
    ],
    ids=["of two members the last", "NUL", "lone surrogate", "a pair", "byte order mark"],
)
def test_what_is_borne(body: bytes, name: str) -> None:
    """What JSON allows and no text may hold becomes a question mark; of two members with one name the last counts."""
    employee = read_answer(api.Whoami(), body)
    assert getattr(employee, "name", employee) == name


@pytest.mark.parametrize("number", ["9" * 5000, "1E+999999999", "NaN", "Infinity", "-1", "1.5", "١٧"])
def test_no_number_of_absurd_size_is_an_id(number: str) -> None:
    """An id is a whole number of up to eighteen digits of ours; anything else makes the answer unreadable."""
    body = f'{{"doc":{{"user":{{"$id":{json.dumps(number)},"$level":"29","$name":"x"}}}}}}'
    for text in (body, body.replace(json.dumps(number), number)):
        assert isinstance(read_answer(api.Whoami(), text.encode()), errors.UnreadableAnswer)


def test_a_secret_that_is_echoed() -> None:
    """A password that BILLmanager writes into its refusal does not reach ours: whole, encoded, or cut in the middle."""
    for text in ("hush-hush", "x" * 496 + "hush-hush", "hush-hush " * 200):
        body = json.dumps({"doc": {"error": {"$type": text, "$object": text, "msg": {"$": text}}}})
        error = read_answer(api.Whoami(), body.encode())
        assert isinstance(error, errors.BillManagerError)
        assert "hush" not in repr(error) + repr(error.__dict__)
