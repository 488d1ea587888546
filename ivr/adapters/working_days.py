"""The country's working days, with its holidays and the weekends worked for them."""

from datetime import date

import chinese_calendar
from chinese_calendar import constants

from ivr.policies.hours import Calendar

SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Whether banks' departments work on that day. The holidays of a year are announced in the November before; a year
    that the calendar does not know (yet) is taken by its weekdays."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY


def is_known(year: int) -> bool:
    """Whether the calendar knows this year's holidays."""
    try:
        chinese_calendar.is_workday(date(year, 12, 31))
    except NotImplementedError:
        return False
    return True


def calendar() -> Calendar:
    """All that is known of the country's holidays, as data for rules that may ask nobody."""
    return Calendar(off=frozenset(constants.holidays), worked=frozenset(constants.workdays))
