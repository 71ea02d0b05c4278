"""ISO 4217: from digits, as 1C keeps them (1c-odata.md §3.1), to letters, as BILLmanager does."""

from __future__ import annotations

from typing import Final

#: the currencies of the lands where 1C keeps books, and those they trade in
_LETTERS: Final = {
    "008": "ALL",
    "036": "AUD",
    "051": "AMD",
    "124": "CAD",
    "156": "CNY",
    "203": "CZK",
    "208": "DKK",
    "344": "HKD",
    "348": "HUF",
    "356": "INR",
    "364": "IRR",
    "376": "ILS",
    "392": "JPY",
    "398": "KZT",
    "410": "KRW",
    "417": "KGS",
    "498": "MDL",
    "578": "NOK",
    "643": "RUB",
    "702": "SGD",
    "704": "VND",
    "752": "SEK",
    "756": "CHF",
    "764": "THB",
    "784": "AED",
    "810": "RUB",  # the rouble's code before 1998, still found in books
    "826": "GBP",
    "840": "USD",
    "860": "UZS",
    "933": "BYN",
    "934": "TMT",
    "941": "RSD",
    "944": "AZN",
    "946": "RON",
    "949": "TRY",
    "972": "TJS",
    "974": "BYN",  # written as BYR before 2016
    "975": "BGN",
    "978": "EUR",
    "980": "UAH",
    "981": "GEL",
    "985": "PLN",
    "986": "BRL",
}


def iso_letters(code: str) -> str:
    """Return the ISO letters of a currency's code; a code unknown to us comes back as it is."""
    if code.isascii() and code.isdigit():
        return _LETTERS.get(code.zfill(3), code)
    return code.upper()
