"""The exception tree: what its head draws is what it is."""

import inspect
import pickle
import re
from collections.abc import Iterator

import pytest

from billmanager_1c import errors
from billmanager_1c.errors import BillManager1CError, Repeat

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, BillManager1CError)]
LEAVES = [cls for cls in CLASSES if not cls.__subclasses__()]
_BRANCH = re.compile(r"(?P<indent>[ │├└─]*)(?P<name>\w+)(?: +(?P<word>[A-Z_]+)\b)?.*")


def drawn() -> Iterator[tuple[str, str | None, str | None]]:
    """Read the drawing: each name with the name above it and the word in the middle."""
    assert errors.__doc__ is not None
    block = errors.__doc__.split(".. code-block:: text", 1)[1].split("\nThe word", 1)[0]
    path: list[str] = []
    for line in block.splitlines():
        if not line.strip():
            continue
        match = _BRANCH.fullmatch(line)
        assert match, line
        depth = len(match["indent"]) // 4 - 1
        del path[depth:]
        yield match["name"], path[-1] if path else None, match["word"]
        path.append(match["name"])


def test_drawing_is_the_tree() -> None:
    """Every class is drawn once, below its own base, and nothing is drawn that does not exist."""
    tree = [(name, above) for name, above, _ in drawn()]
    assert len(tree) == len({name for name, _ in tree})
    assert set(tree) == {
        (cls.__name__, None if cls is BillManager1CError else cls.__bases__[0].__name__) for cls in CLASSES
    }


def test_drawing_tells_the_repeat_words() -> None:
    """Every leaf is drawn with its word, and every word that is drawn is true."""
    words = {name: word for name, _, word in drawn()}
    assert {cls.__name__: words[cls.__name__] for cls in LEAVES} == {cls.__name__: cls.repeat.name for cls in LEAVES}
    for cls in CLASSES:
        assert words[cls.__name__] in (None, cls.repeat.name)


def test_one_base_each() -> None:
    """The tree is a tree: each class has one base, and only the root has one from outside."""
    for cls in CLASSES:
        assert len(cls.__bases__) == 1
        assert cls is BillManager1CError or cls.__bases__[0] in CLASSES


@pytest.mark.parametrize("cls", LEAVES, ids=lambda cls: cls.__name__)
def test_every_leaf_has_a_message(cls: type[BillManager1CError]) -> None:
    """Without a message, a leaf says its own sentence and not that of its base."""
    assert isinstance(cls.repeat, Repeat)
    error = cls()
    assert str(error) == error.message
    assert error.message.endswith(".")
    assert error.message not in {str(base()) for base in CLASSES if base is not cls}
    assert str(cls("No route to billing.example.")) == "No route to billing.example."


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_can_be_pickled(cls: type[BillManager1CError]) -> None:
    """Task queues pickle exceptions: class, message and every field survive, notes too."""
    fields = {name: _value(name) for name in inspect.signature(cls).parameters if name != "message"}
    error = cls("It broke.", **fields)
    error.add_note("while exporting")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(error, protocol))
        assert type(copy) is cls
        assert str(copy) == copy.message == "It broke."
        assert {name: getattr(copy, name) for name in fields} == fields
        assert copy.__notes__ == ["while exporting"]


def _value(name: str) -> object:
    return {"status": 503, "paths": ("required field missing @ $.id",)}.get(name, f"some {name}")
