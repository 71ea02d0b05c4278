"""From the bytes of a statement to its text. What the header says of its encoding is not believed."""

import re

from .refusal import StatementRefused

#: every file has this word in its header, and each encoding writes it with other bytes
_KEY_WORD = "ВерсияФормата="
_ENCODINGS = ("utf-8-sig", "cp1251", "cp866")

#: what a text in one of the encodings becomes when it is read in another; Russian text has none of it
_DAMAGED = re.compile(
    "[\u0080-\u009f\ufffd\u2500-\u259fЂЃѓЉЊЌЋЏђљњќћџ]"  # cp866 as cp1251, capitals; anything as cp866
    "|(?:[РС][\u00a0-\u00bf\u0402-\u040f\u0450-\u045f\u0490\u0491]){2}"  # utf-8 as cp1251
    "|(?![\u00a0«§©]{3})[\u00a0¤¦§©«¬\u00ad®ЎўЈҐЁЄЇ]{3}"  # cp866 as cp1251, small letters
    "|[а-яё№][ЄЇЎ√∙■¤]"  # cp1251 as cp866, small letters
)


def decode(data: bytes, name: str) -> str:
    """Return the text of a statement.

    Raises:
        StatementRefused: no encoding gives a statement, or names in it were damaged before it came to us.
    """
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _KEY_WORD in text:
            _refuse_damage(text, name)
            return text
    raise StatementRefused(
        f"{name} is no statement in UTF-8, cp1251 or cp866: it is half written, damaged, or another kind of file. "
        "Export it again, or move it out of the folder.",
        resource=name,
    )


def _refuse_damage(text: str, name: str) -> None:
    damage = _DAMAGED.search(text)
    if damage is not None:
        line = text.count("\n", 0, damage.start()) + 1
        raise StatementRefused(
            f"{name}, line {line}: the text was read in a wrong encoding before it was written here, so names in it "
            "are not names. Export the statement from the bank again.",
            resource=name,
        )
