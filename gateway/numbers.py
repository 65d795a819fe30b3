"""Which digits are a card, a bank account or a person: the checks of their numbers. Pure."""

from calendar import monthrange
from itertools import accumulate

_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC",
        32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""By country, in letters and digits."""

_CENTURIES = {
    "1": 1900, "2": 1900, "5": 1900, "6": 1900,
    "3": 2000, "4": 2000, "7": 2000, "8": 2000,
    "9": 1800, "0": 1800,
}  # fmt: skip
"""By the seventh digit of a Korean registration number; 5 to 8 are foreigners'."""


class Luhn:
    """The check sums of all stretches of a run of digits (ISO/IEC 7812), each in the same short time."""

    def __init__(self, digits: str) -> None:
        numbers = [int(digit) for digit in digits]
        doubled = [2 * number - 9 if number > 4 else 2 * number for number in numbers]
        even = (doubled[at] if at % 2 == 0 else number for at, number in enumerate(numbers))
        odd = (doubled[at] if at % 2 else number for at, number in enumerate(numbers))
        self._sums = list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))

    def is_card(self, begin: int, end: int) -> bool:
        """13 to 19 digits, the last of which checks the others."""
        sums = self._sums[end % 2]
        return 13 <= end - begin <= 19 and (sums[end] - sums[begin]) % 10 == 0


def is_card(digits: str) -> bool:
    """The whole of it is a card's number."""
    return Luhn(digits).is_card(0, len(digits))


def iban_length(country: str) -> int:
    """0 where there are none."""
    return _IBAN_LENGTHS.get(country.upper(), 0)


def is_iban(text: str) -> bool:
    """An account by ISO 13616, without spaces; its remainder by 97 is 1 (ISO 7064)."""
    if len(text) != iban_length(text[:2]) or not (text.isascii() and text.isalnum()):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1


def is_korean_resident(digits: str) -> bool:
    """13 digits: a date of birth (yymmdd), sex and century, and the rest. Numbers given out since October
    2020 have no check digit, so that none is looked at."""
    if len(digits) != 13 or not digits.isdecimal():
        return False
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    return 1 <= month <= 12 and 1 <= day <= monthrange(_CENTURIES[str(int(digits[6]))] + year, month)[1]
