"""From the text of a statement to its sections: the grammar, without a word of what it means.

``ключ=значение`` on each line; ``СекцияРасчСчет … КонецРасчСчет`` once per account and period,
``СекцияДокумент=… КонецДокумента`` once per payment, ``КонецФайла`` at the end. Blank lines, outer spaces, a first line
that stands twice and the ``^Z`` of DOS mean nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import attrs

from billmanager_1c.models import parse_amount

from .refusal import StatementRefused

MAGIC = "1CClientBankExchange"
END = "КонецФайла"
BALANCE, DOCUMENT = "СекцияРасчСчет", "СекцияДокумент"
_CLOSES = {BALANCE: "КонецРасчСчет", DOCUMENT: "КонецДокумента"}
_MARKS = {END, *_CLOSES, *_CLOSES.values()}

#: fields on which money depends: two values for one of them are a contradiction
_FACTS = frozenset(
    {
        "Номер",
        "Дата",
        "Сумма",
        "ДатаПоступило",
        "ДатаСписано",
        "ВидОплаты",
        "ВсегоПоступило",
        "ВсегоСписано",
        "РасчСчет",
    }
    | {who + what for who in ("Плательщик", "Получатель") for what in ("Счет", "РасчСчет", "ИНН", "КПП")}
)


@attrs.frozen(kw_only=True)
class Section:
    """The fields of one section, or of the header, as they stand in the file, without outer spaces."""

    file: str
    #: the line it begins on
    line: int
    #: what stands behind ``СекцияДокумент=``, such as "Платежное поручение"
    title: str = ""
    fields: Mapping[str, str]

    def text(self, *names: str) -> str:
        """Return the first of these fields that is not empty."""
        return next((self.fields[name] for name in names if self.fields.get(name)), "")

    def day(self, name: str) -> dt.date | None:
        """Return a date, ``дд.мм.гггг``; None where it is absent or empty."""
        text = self.text(name)
        if not text:
            return None
        if re.fullmatch(r"\d\d\.\d\d\.\d{4}", text, re.ASCII):
            try:
                return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))
            except ValueError:
                pass
        raise self.refuse(f"{name}={text[:40]} is no date")

    def amount(self, name: str) -> Decimal | None:
        """Return an amount, with a point or a comma, spaces or none; None where it is absent or empty."""
        text = re.sub(r"\s", "", self.text(name))
        if not text:
            return None
        if "," in text and "." in text:  # one of them parts the thousands, and nobody says which
            raise self.refuse(f"{name}={text[:40]} may be one amount or another")
        try:
            return parse_amount(text.replace(",", "."))
        except ValueError:
            raise self.refuse(f"{name}={text[:40]} is no amount") from None

    def refuse(self, why: str) -> StatementRefused:
        """Make the exception that names this section."""
        return refusal(self.file, self.line, why)


@attrs.frozen(kw_only=True)
class Sections:
    """A file, taken apart."""

    header: Section
    #: РасчСчет of the header, which may stand there several times
    accounts: tuple[str, ...]
    balances: tuple[Section, ...]
    documents: tuple[Section, ...]
    #: whether ``КонецФайла`` was there
    is_terminated: bool


def refusal(file: str, line: int, why: str) -> StatementRefused:
    """Make the exception for a line, or the section that begins there."""
    advice = "Export the statement from the bank again, or move it out of the folder."
    return StatementRefused(f"{file}, line {line}: {why}. {advice}", resource=file)


def read_sections(text: str, file: str) -> Sections:
    """Take a file apart.

    Raises:
        StatementRefused: a section is not closed, or a line belongs nowhere.
    """
    numbered = enumerate((line.strip(" \t\ufeff\x1a") for line in re.split(r"\r\n|\n|\r", text)), start=1)
    lines = iter([(number, line) for number, line in numbered if line])
    if next(lines, (1, ""))[1] != MAGIC:
        raise refusal(file, 1, f"the file does not begin with {MAGIC}; it is half written, or another kind of file")
    found: dict[str, list[Section]] = {BALANCE: [], DOCUMENT: []}
    header: dict[str, str] = {}
    accounts: list[str] = []
    is_terminated = False
    for number, line in lines:
        key, equals, value = (part.strip() for part in line.partition("="))
        if is_terminated:
            raise refusal(file, number, f"something stands behind {END}; one statement is one file")
        if key in _CLOSES:
            found[key].append(_section(lines, Section(file=file, line=number, title=value, fields={}), _CLOSES[key]))
        elif line == END:
            is_terminated = True
        elif key == "РасчСчет":
            accounts.append(value)
        elif equals:
            header.setdefault(key, value)
        elif line != MAGIC:
            raise refusal(file, number, f"{line[:40]!r} belongs to no section")
    return Sections(
        header=Section(file=file, line=1, fields=header),
        accounts=tuple(accounts),
        balances=tuple(found[BALANCE]),
        documents=tuple(found[DOCUMENT]),
        is_terminated=is_terminated,
    )


def _section(lines: Iterator[tuple[int, str]], begun: Section, closing: str) -> Section:
    fields: dict[str, str] = {}
    last = ""
    for number, line in lines:
        if line == closing:
            return attrs.evolve(begun, fields=fields)
        key, equals, value = (part.strip() for part in line.partition("="))
        if key in _MARKS:
            break
        if equals and key.isalnum():
            if value and fields.get(key, value) not in {"", value} and key in _FACTS:
                raise refusal(begun.file, number, f"{key} stands twice in one section, with two values")
            fields[key] = value or fields.get(key, "")
            last = key
        elif last:  # a text with a line break in it
            fields[last] = f"{fields[last]} {line}"
        else:
            raise refusal(begun.file, number, f"{line[:40]!r} is no field")
    raise begun.refuse(
        f"the section that begins here is not closed by {closing}: the file is half written or damaged. "
        "If the bank client is still writing it, wait"
    )
