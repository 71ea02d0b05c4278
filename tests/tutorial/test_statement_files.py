"""Reading one statement file: whole or not at all, in every encoding, with the quirks that real files have."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import attrs
import pytest
from bank_statements import Receipt, Statement, StatementRefused, read_statement
from bank_statements.receipts import receipts_of
from hypothesis import example, given
from hypothesis import strategies as st
from statement_folder import OURS, write

from billmanager_1c.errors import OneCFailed, Repeat
from billmanager_1c.models import Inn

DAY = dt.date(2026, 11, 24)
ROMASHKA = Receipt(
    account=OURS,
    payer_account="40702810500000000017",
    payer_name='ООО "Ромашка и Ёж"',
    payer_inn=Inn("0012123456"),
    payer_kpp="001201001",
    number="17",
    ordered_on=DAY - dt.timedelta(days=1),
    came_on=DAY,
    amount=Decimal("1500.00"),
    purpose="Оплата по счёту № 5, в т.ч. НДС 250=00",
    order_kind="01",
)
IVANOV = attrs.evolve(
    ROMASHKA,
    payer_name="ИП Иванов Иван",
    payer_inn=Inn("500100732259"),
    payer_kpp="",
    number="8",
    amount=Decimal("0.10"),
)

ENCODINGS = ("cp1251", "cp866", "utf-8", "utf-8-sig")

LETTERS = st.sampled_from('абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁ0123456789 №"/.,-')
TEXTS = st.text(LETTERS, max_size=30).map(lambda text: " ".join(text.split()))
NAMES = TEXTS.map(lambda text: f"ООО {text}".strip())
AMOUNTS = st.integers(1, 10**11).map(lambda kopecks: Decimal(kopecks) / 100)
RECEIPTS = st.lists(
    st.builds(
        Receipt,
        account=st.sampled_from([OURS, "40702810900000000002"]),
        payer_account=st.sampled_from(["40702810500000000017", "40817810500000000017", ""]),
        payer_name=NAMES,
        payer_inn=st.sampled_from([Inn("0012123456"), Inn("500100732259"), Inn("")]),
        payer_kpp=st.sampled_from(["001201001", ""]),
        number=st.integers(1, 999999).map(str),
        ordered_on=st.dates(dt.date(2026, 11, 1), DAY),
        came_on=st.just(DAY),
        amount=AMOUNTS,
        purpose=TEXTS,
        order_kind=st.sampled_from(["01", "16", ""]),
    ),
    max_size=4,
)
SPENT = st.lists(AMOUNTS, max_size=2)


def came(data: bytes) -> list[Receipt]:
    """Return the money that came by a file."""
    return list(receipts_of(read_statement(data, "statement.txt")).values())


def edited(data: bytes, old: str, new: str) -> bytes:
    """Return the file with one text replaced wherever it stands."""
    assert old.encode("cp1251") in data
    return data.replace(old.encode("cp1251"), new.encode("cp1251"))


# ----------------------------------------------------------------------------------------------------------- whole


@pytest.mark.property
@given(RECEIPTS, SPENT, st.sampled_from(ENCODINGS), st.sampled_from(["1.01", "1.02", "1.03"]))
def test_what_is_written_is_read(receipts: list[Receipt], spent: list[Decimal], encoding: str, version: str) -> None:
    """The money that came comes back field by field, whatever the header says of the encoding; what left does not."""
    for declared in ("Windows", "DOS", "windows-1251"):
        data = write(receipts, spent=spent, encoding=encoding, version=version, declared=declared)
        assert came(data) == receipts


@pytest.mark.property
@given(RECEIPTS, SPENT, st.sampled_from(ENCODINGS), st.booleans(), st.booleans(), st.data())
def test_a_file_that_was_cut_is_refused_or_tells_the_same(
    receipts: list[Receipt], spent: list[Decimal], encoding: str, totals: bool, end: bool, data: st.DataObject
) -> None:
    """Whatever is cut off the end, with or without totals, no payment is lost in silence."""
    whole = write(receipts, spent=spent, encoding=encoding, totals=totals, end="КонецФайла" if end else "")
    lines = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    part = whole[: data.draw(st.integers(0, len(whole)) | st.sampled_from(lines))]
    try:
        found = came(part)
    except StatementRefused:
        return
    assert found == receipts


def test_every_cut_of_one_file() -> None:
    """Byte by byte: only a file that lost nothing but its last line, or blanks behind it, is read."""
    for encoding in ENCODINGS:
        whole = write([ROMASHKA, IVANOV], spent=[Decimal(5)], encoding=encoding)
        read = []
        for length in range(len(whole)):
            try:
                found = came(whole[:length])
            except StatementRefused:
                continue
            assert found == [ROMASHKA, IVANOV]
            read.append(length)
        shortest = whole.index("КонецФайла".encode(encoding.removesuffix("-sig"))) - 2
        assert read[0] == shortest


def test_a_missing_end_is_borne_only_with_proof() -> None:
    """Without КонецФайла the balances must declare both totals, and reach to the last day of the file."""
    assert came(write([ROMASHKA], spent=[Decimal(5)], end="")) == [ROMASHKA]
    header = "ВремяСоздания=21:00:00\r\nДатаНачала=24.11.2026\r\nДатаКонца=24.11.2026"
    for data in (
        write([ROMASHKA], end="", totals=False),
        edited(write([ROMASHKA], end=""), header, header.replace("Конца=24", "Конца=25")),
        edited(write([ROMASHKA], end=""), "ВсегоСписано=0", "ВсегоСписано=10"),
        edited(write([ROMASHKA], end=""), "ВсегоСписано=0\r\n", ""),
    ):
        with pytest.raises(StatementRefused):
            came(data)


def test_an_account_without_its_balance_proves_nothing() -> None:
    """A file cut before the balance of its second account is refused."""
    other = attrs.evolve(ROMASHKA, account="40702810900000000002")
    whole = write([other], encoding="cp1251")
    cut = whole.index("СекцияРасчСчет".encode("cp1251"), whole.index("СекцияРасчСчет".encode("cp1251")) + 1)
    with pytest.raises(StatementRefused, match="КонецФайла is missing"):
        came(whole[:cut])


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("balances_first", [False, True])
@pytest.mark.parametrize("busy", [23, 24])
def test_a_day_that_was_cut_off_is_missed(busy: int, balances_first: bool, newest_first: bool) -> None:
    """Balances by day, in whatever order: the days without money do not hide those that were cut off."""
    lines = write([ROMASHKA]).decode("cp1251").split("\r\n")
    begin, end = lines.index("СекцияДокумент=Платежное поручение"), lines.index("КонецФайла")
    head = [line.replace("ДатаНачала=24", "ДатаНачала=23") for line in lines[: lines.index("СекцияРасчСчет")]]
    parts: list[list[str]] = []
    for day in sorted((23, 24), reverse=newest_first):
        balance = ["СекцияРасчСчет", f"ДатаНачала={day}.11.2026", f"ДатаКонца={day}.11.2026", f"РасчСчет={OURS}"]
        balance += [f"ВсегоПоступило={1500 if day == busy else 0}", "ВсегоСписано=0", "КонецРасчСчет"]
        parts += [balance, lines[begin:end] if day == busy else []]
    if balances_first:
        parts.sort(key=lambda part: "КонецДокумента" in part)
    whole = [*head, *(line for part in parts for line in part)]
    for length in range(len(whole) + 1):
        with suppress(StatementRefused):
            assert came("\r\n".join(whole[:length]).encode("cp1251")) == [ROMASHKA]
    assert came("\r\n".join(whole).encode("cp1251")) == [ROMASHKA]


def test_totals_that_disagree_refuse_the_file() -> None:
    """A section that was lost, and one that stands there twice, are both seen by what the bank declares."""
    whole = write([ROMASHKA, IVANOV])
    text = whole.decode("cp1251")
    start = text.index("СекцияДокумент", text.index("СекцияДокумент") + 1)
    section = text[start : text.index("КонецФайла")]
    for broken in (text.replace(section, ""), text.replace(section, section + section)):
        with pytest.raises(StatementRefused, match=r"declares ВсегоПоступило=1500\.10"):
            came(broken.encode("cp1251"))


def test_a_balance_of_several_days_counts_its_days_once() -> None:
    """Some banks show the balance of the period and of each of its days."""
    whole = edited(write([ROMASHKA]), "ДатаНачала=24.11.2026", "ДатаНачала=01.11.2026")
    text = whole.decode("cp1251")
    period = text[text.index("СекцияРасчСчет") : text.index("СекцияДокумент")]
    day = period.replace("ДатаНачала=01.11.2026", "ДатаНачала=24.11.2026")
    assert came(text.replace(period, period + day).encode("cp1251")) == [ROMASHKA]


def test_twins_need_a_total() -> None:
    """Two payments that look alike are two where the bank's total says so, and a refusal where nothing says it."""
    twins = [ROMASHKA, ROMASHKA]
    assert came(write(twins)) == twins
    with pytest.raises(StatementRefused, match="twice"):
        came(write(twins, totals=False))


# ------------------------------------------------------------------------------------------------------- encodings


@pytest.mark.parametrize("actual", ["cp1251", "cp866", "utf-8"])
@pytest.mark.parametrize("damage", [("utf-8", "cp1251"), ("cp866", "cp1251"), ("cp1251", "cp866"), ("utf-8", "cp866")])
@pytest.mark.parametrize("name", ["ООО Ромашка", "ИП Иванов Иван", "альфа-банк", "ПАО СБЕРБАНК"])
def test_damaged_names_never_pass(actual: str, damage: tuple[str, str], name: str) -> None:
    """A name that was read in a wrong encoding before it was written refuses the file."""
    was, read_as = damage
    wrong = name.encode(was).decode(read_as, errors="ignore")
    try:
        data = write([attrs.evolve(ROMASHKA, payer_name=wrong)], encoding=actual)
    except UnicodeEncodeError:
        pytest.skip("this encoding cannot even write it")
    with pytest.raises(StatementRefused, match="wrong encoding"):
        came(data)


@pytest.mark.parametrize("keys", ["cp1251", "cp866", "utf-8"])
@pytest.mark.parametrize("name", ["cp1251", "cp866", "utf-8"])
def test_names_in_another_encoding_than_the_rest_never_pass(keys: str, name: str) -> None:
    """A file glued together of two encodings is refused."""
    data = write([attrs.evolve(ROMASHKA, payer_name="NAME")], encoding=keys)
    mixed = data.replace(b"NAME", "ООО Ромашка".encode(name))
    if keys == name:
        assert came(mixed)[0].payer_name == "ООО Ромашка"
    else:
        with pytest.raises(StatementRefused):
            came(mixed)


@pytest.mark.parametrize(
    "purpose",
    ["За «Альфа-С»\xa0\xa0\xa0— 50 °C", "Сч. №№ 5–7; §§ 1, 2 «…»", "Дог.№5, т/с №А-7 «Ёж»", "ПО «РС»: “ТЗ №С»”"],
)
def test_ordinary_punctuation_is_no_damage(purpose: str) -> None:
    """Quotation marks, dashes, № and runs of no-break spaces are how people write."""
    for encoding in ("cp1251", "utf-8"):
        (receipt,) = came(write([attrs.evolve(ROMASHKA, purpose=purpose)], encoding=encoding))
        assert receipt.purpose == purpose


def test_question_marks_are_no_name() -> None:
    """A bank client that could not write Cyrillic is caught, too."""
    with pytest.raises(StatementRefused, match="question marks"):
        came(write([attrs.evolve(ROMASHKA, payer_name="??? ???????")]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1CClientBankExchange",
        b"hello",
        bytes(range(256)),
        write([], encoding="utf-16"),
        write([], encoding="koi8-r"),
    ],
    ids=["empty", "only its first word", "a note", "bytes", "UTF-16", "KOI8-R"],
)
def test_what_is_no_statement_is_refused(data: bytes) -> None:
    """Whatever lies in the folder beside statements is named, not guessed at."""
    with pytest.raises(StatementRefused, match=r"statement\.txt"):
        came(data)


# ---------------------------------------------------------------------------------------------------------- quirks


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1CClientBankExchange\r\n", "1CClientBankExchange\r\n1CClientBankExchange\r\n"),
        ("\r\n", "\n"),
        ("\r\n", "\r\n\r\n"),
        ("Сумма=", "  Сумма =\t"),
        ("Плательщик1=", "Плательщик1= "),
        ("Получатель=1С:Предприятие\r\n", ""),
        ("КонецФайла\r\n", "КонецФайла"),
        ("КонецФайла\r\n", "КонецФайла\r\n\x1a"),
        ("Сумма=1500.00", "Сумма=1 500,00"),
        ("Сумма=1500.00", "Сумма=1\xa0500"),
        ("ПолучательСчет=", "ПолучательИНН=7707083893\r\nПолучательСчет="),
        ("ПлательщикСчет=", "ПлательщикРасчСчет="),
        (f"ПолучательСчет={OURS}", f"ПолучательСчет=30101810000000000001\r\nПолучательРасчСчет={OURS}"),
        ("Плательщик1=ООО", "Плательщик=что-то\r\nПлательщик1=ИНН 7707083893 ООО"),
        ("НазначениеПлатежа=Оплата по счёту", "НазначениеПлатежа1=Оплата\r\nНазначениеПлатежа2=по счёту"),
        ("Оплата по счёту", "Оплата\r\nпо счёту"),
    ],
)
def test_quirks_of_real_files_change_nothing(old: str, new: str) -> None:
    """Blank lines, spaces, LF, the first line twice, missing fields, other spellings of an amount: all are borne."""
    assert came(edited(write([ROMASHKA]), old, new)) == [
        attrs.evolve(ROMASHKA, purpose=" ".join(ROMASHKA.purpose.split()))
    ]


@pytest.mark.parametrize("nothing", ["", "0", "000000000", " "])
def test_noughts_are_no_inn(nothing: str) -> None:
    """Bank clients write 0 where a payer has no INN or no КПП."""
    data = edited(write([IVANOV]), "ПлательщикКПП=", f"ПлательщикКПП={nothing}")
    (receipt,) = came(edited(data, "ПлательщикИНН=500100732259", f"ПлательщикИНН={nothing}"))
    assert (receipt.payer_inn, receipt.payer_kpp) == ("", "")


def test_a_name_is_not_asked_for_the_inn() -> None:
    """Only the field is believed: the INN that a name begins with may be anybody's."""
    data = edited(write([IVANOV]), "Плательщик1=", "Плательщик1=ИНН 7707083893 КПП 770701001 ")
    (receipt,) = came(edited(data, "ПлательщикИНН=500100732259", "ПлательщикИНН="))
    assert (receipt.payer_name, receipt.payer_inn) == ("ИП Иванов Иван", "")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("ВерсияФормата=1.02", "ВерсияФормата=2.00", "version"),
        ("Сумма=1500.00", "Сумма=1.500,00", "one amount or another"),
        ("Сумма=1500.00", "Сумма=1500-00", "no amount"),
        ("Сумма=1500.00", "Сумма=", "Сумма is empty"),
        ("Сумма=1500.00", "СуммаПриход=1500.00", "Сумма is empty"),
        ("Сумма=1500.00", "Сумма=1500.00\r\nСумма=1500000.00", "stands twice"),
        ("Дата=23.11.2026", "Дата=31.11.2026", "no date"),
        ("ДатаПоступило=24.11.2026", "ДатаПоступило=2026-11-24", "no date"),
        ("Номер=17", "Номер=", "Номер is empty"),
        (f"ПолучательСчет={OURS}", "ПолучательСчет=40702810900000000003", "not one of this statement's"),
        ("КонецДокумента\r\n", "", "not closed"),
        ("КонецРасчСчет\r\n", "", "not closed"),
        ("КонецФайла", "Конец", "belongs to no section"),
        ("КонецФайла", "КонецФайла\r\nСекцияДокумент=ещё", "one statement is one file"),
    ],
)
def test_what_nobody_can_know_is_refused(old: str, new: str, why: str) -> None:
    """A contradiction, or a field that cannot be read, refuses the file, names it and says what to do."""
    with pytest.raises(StatementRefused, match=why) as caught:
        came(edited(write([ROMASHKA]), old, new))
    assert caught.value.message.startswith("statement.txt, line ")
    assert caught.value.message.endswith("move it out of the folder.")


def test_a_refusal_passes_by_itself() -> None:
    """The engine goes on with the other files and asks again: a file may have been half written."""
    assert issubclass(StatementRefused, OneCFailed)
    assert StatementRefused.repeat is Repeat.FREELY


@pytest.mark.property
@given(st.binary(max_size=300))
@example(b"1CClientBankExchange\r\n=\r\n")
def test_noise_is_refused(noise: bytes) -> None:
    """Whatever bytes follow, the answer is a statement or a refusal, never another exception."""
    whole = write([ROMASHKA])
    for data in (noise, whole + noise, whole[: len(whole) // 2] + noise + whole[len(whole) // 2 :]):
        with suppress(StatementRefused):
            assert isinstance(read_statement(data, "statement.txt"), Statement)
