"""Callers by name. Each is what one person does; its docstring is what `hotline call` says about it."""

from collections.abc import Callable
from dataclasses import dataclass

from ivr.adapters.bank.people import Example, example, population
from ivr.adapters.carrier.caller import Caller
from ivr.domain.call import Outcome
from ivr.domain.errors import HotlineError

Script = Callable[[Caller], None]


class UnknownScenario(HotlineError):
    """There is none of that name."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script, and what is to become of the call."""

    name: str
    script: Script
    expects: Outcome

    @property
    def description(self) -> str:
        """One line."""
        return (self.script.__doc__ or "").strip().splitlines()[0]


SCENARIOS: dict[str, Scenario] = {}
"""All, by name."""


def scenario(expects: Outcome) -> Callable[[Script], Script]:
    """Put a script on the list."""

    def listed(script: Script) -> Script:
        name = script.__name__.replace("_", "-")
        SCENARIOS[name] = Scenario(name, script, expects)
        return script

    return listed


def named(name: str) -> Scenario:
    """The scenario of that name. Raises UnknownScenario."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise UnknownScenario(f"there is no scenario {name!r}; there are {', '.join(SCENARIOS)}") from None


@scenario(Outcome.SELF_SERVED)
def demo(caller: Caller) -> None:
    """Hears the menus out in Mandarin, asks for products and their risks, wants nothing more, gives a score."""
    caller.listen_until_silence()
    caller.press("1")
    caller.listen_until_silence()
    caller.press("5")
    caller.listen_until_silence()
    caller.press("4")
    caller.listen(3)
    caller.press("2")
    caller.listen_until_silence()
    caller.press("5")
    caller.listen_to_the_end()


@scenario(Outcome.SELF_SERVED)
def english(caller: Caller) -> None:
    """Chooses English, asks for products and their risks, wants nothing more, gives no score."""
    caller.listen_until_silence()
    caller.press("2")
    caller.listen_until_silence()
    caller.press("54")
    caller.listen_until_silence()
    caller.press("2")
    caller.listen_to_the_end()


@scenario(Outcome.SELF_SERVED)
def lost_card(caller: Caller) -> None:
    """Reports a card of the demonstration's bank as lost by its number, confirms, hears for how long it is blocked."""
    number = example(Example.ORDINARY, population()).cards[0].number
    for keys in ("1", "1", "2", f"{number}#", "1", "1", "2", "5"):
        caller.listen_until_silence()
        caller.press(keys)
    caller.listen_to_the_end()


@scenario(Outcome.HELPED_BY_PERSON)
def fraud(caller: Caller) -> None:
    """Says that a fraud is going on, is told the police line, talks with the officer on duty, hangs up."""
    for keys in ("1", "1", "1"):
        caller.listen_until_silence()
        caller.press(keys)
    caller.listen(20)
    caller.hang_up()


@scenario(Outcome.HELPED_BY_PERSON)
def person(caller: Caller) -> None:
    """Presses 0 in the greeting, talks with whoever answers, hangs up."""
    caller.listen(1.5)
    caller.press("0")
    caller.listen(15)
    caller.hang_up()


@scenario(Outcome.HELPED_BY_PERSON)
def emergency(caller: Caller) -> None:
    """Presses 9 in the greeting and 9 again, talks with the officer on duty, hangs up."""
    caller.listen(1.5)
    caller.press("9")
    caller.listen(1.5)
    caller.press("9")
    caller.listen(15)
    caller.hang_up()


@scenario(Outcome.HELPED_BY_PERSON)
def silent(caller: Caller) -> None:
    """Never presses anything; is brought to a person all the same, and hangs up after a while."""
    caller.listen(100)
    caller.hang_up()


@scenario(Outcome.HELPED_BY_PERSON)
def confused(caller: Caller) -> None:
    """Presses keys that are not offered until the line gives up and brings a person."""
    caller.listen(1.5)
    caller.press("1")
    for _ in range(3):
        caller.listen(2)
        caller.press("7")
    caller.listen(15)
    caller.hang_up()


@scenario(Outcome.SELF_SERVED)
def hurried(caller: Caller) -> None:
    """Knows the way and keys it in ahead: 1, 5, 4, 2 while the greeting is spoken."""
    caller.listen(1)
    caller.press("1542", gap=0.3)
    caller.listen_to_the_end()


@scenario(Outcome.ABANDONED_IN_FLOW)
def impatient(caller: Caller) -> None:
    """Hangs up in the middle of the greeting."""
    caller.listen(1.5)
    caller.hang_up()
