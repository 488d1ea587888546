"""The numbers of tickets, made from a serial that the store counts up.

Seven digits and a check digit (Luhn): a wrong key, and nearly every exchange of two, shows no other ticket. The serial
is not used bare. Multiplied by a number that has no factor in common with ten million, each serial gives its own seven
digits, and neighbours look nothing alike: few numbers are a row of zeros that is hard to hear, and none tells its
caller how many complaints the bank had before. A date in the number would cost six digits to say what the ticket says.
"""

from stdnum import luhn

from ivr.domain.ticket import TicketNumber

_ROUND = 10_000_000
_STRIDE = 6_180_339
_FIRST = 2_718_281
_SHORTEST = 8


def number_of(serial: int) -> TicketNumber:
    """The number of the ticket with this serial (1, 2, 3 …). After each ten million a leading figure counts on."""
    rounds, place = divmod(serial, _ROUND)
    body = f"{rounds or ''}{(place * _STRIDE + _FIRST) % _ROUND:07d}"
    return TicketNumber(body + luhn.calc_check_digit(body))


def could_be(keyed: str) -> bool:
    """Whether these digits are a ticket's number by their length and check digit."""
    return keyed.isascii() and keyed.isdecimal() and len(keyed) >= _SHORTEST and bool(luhn.is_valid(keyed))
