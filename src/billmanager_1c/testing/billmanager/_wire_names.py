"""Words of BILLmanager's answers: statuses in two languages, flags, months."""

from __future__ import annotations

from typing import Final

NULL: Final = "null"
"""What a filter calls "none"."""

#: status: (Russian, English, colour)
STATUSES: Final = {
    1: ("Новый", "New", "blue"),
    2: ("Оплачивается", "In payment", "blue"),
    3: ("Обещанный платеж", "Promised payment", "yellow"),
    4: ("Зачислен", "Credited", "green"),
    5: ("Ожидает возврата", "Awaiting refund", "yellow"),
    6: ("Возвращен", "Refunded", "grey"),
    7: ("Мошеннический", "Fraudulent", "red"),
    8: ("Инициирован", "Initiated", "blue"),
    9: ("Отменен", "Cancelled", "grey"),
    100: ("Удаляется", "Being deleted", "grey"),
}

MONTHS: Final = (
    (
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ),
    (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
)


def flag(value: bool) -> str:
    """Return ``on`` or ``off``."""
    return "on" if value else "off"
