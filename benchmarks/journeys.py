"""Callers who know only the phone: how long they take to reach what they want."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import uvloop

from benchmarks.line import Line, line
from benchmarks.measure import Figure, Of, Tell, at_most, figure
from ivr.adapters.bank.people import Example, Person
from ivr.adapters.prompts.audio import examine
from ivr.adapters.prompts.library import PromptLibrary
from ivr.domain.events import Event, QueueEntered, SentencesSpoken, StepEnded
from ivr.domain.ids import PromptId
from tests.live.line import Floor, OnTheLine
from tests.live.people import People

MANDARIN_NUMBER = "95001"
A_VALUE = 2.4
"""Seconds that four digits last when they are read back."""


@dataclass(slots=True)
class Someone:
    """A caller: how quick he is, and how he goes wrong."""

    name: str
    reacts: float
    """Seconds from the end of the sentence he waited for to his finger on the key."""
    between_keys: float
    """Seconds from key to key of a number."""
    goes_wrong: bool = False
    """Presses a key that is not offered before he listens."""


IMPATIENT = Someone("impatient", reacts=0.3, between_keys=0.2)
ELDERLY = Someone("elderly", reacts=1.5, between_keys=0.6)
CONFUSED = Someone("confused", reacts=1.0, between_keys=0.4, goes_wrong=True)


@dataclass(slots=True)
class Journey:
    """One caller on his way."""

    someone: Someone
    call: OnTheLine
    library: PromptLibrary
    steps: int = 0
    """How often he had to do something."""

    async def presses(self, keys: str, after: str) -> None:
        """Hears this sentence to its end, takes his time, and presses."""
        spoken = await self.call.until(lambda event: isinstance(event, SentencesSpoken) and after in event.prompts)
        assert isinstance(spoken, SentencesSpoken)  # noqa: S101  (as was waited for)
        await asyncio.sleep(self._lasts(spoken, after) + self.someone.reacts)
        self.steps += 1
        gap = self.someone.between_keys
        await self.call.does(lambda caller: caller.press(keys, gap))

    async def goes_wrong(self) -> None:
        """Presses what is not offered, as soon as something is said."""
        if self.someone.goes_wrong:
            await self.call.hears("how_can_we_help")
            await asyncio.sleep(self.someone.reacts)
            self.steps += 1
            await self.call.presses("7")

    def _lasts(self, spoken: SentencesSpoken, until: str) -> float:
        """Seconds until the end of that sentence."""
        heard = spoken.prompts[: spoken.prompts.index(PromptId(until)) + 1]
        return sum(
            A_VALUE if prompt.startswith("<") else examine(self.library.audio(prompt, language)).seconds
            for prompt, language in zip(heard, spoken.languages, strict=False)
        )


Way = Callable[[Journey, Person, People], Awaitable[Event]]


async def reports_fraud(journey: Journey, _: Person, __: People) -> Event:
    """To the queue of the officers on duty."""
    await journey.goes_wrong()
    await journey.presses("1", after="menu_loss_or_fraud")
    await journey.presses("1", after="menu_fraud")
    return await journey.call.until(lambda event: isinstance(event, QueueEntered))


async def blocks_a_card(journey: Journey, person: Person, _: People) -> Event:
    """Until the bank has blocked it."""
    await journey.goes_wrong()
    await journey.presses("1", after="menu_loss_or_fraud")
    await journey.presses("2", after="menu_loss")
    await journey.presses(f"{person.number}#", after="ask_identity_number")
    await journey.presses("1", after="read_back_choice")
    await journey.presses("1", after="confirm_loss_choice")
    return await journey.call.until(lambda event: isinstance(event, StepEnded) and event.how == "DidIt Block")


async def hears_a_balance(journey: Journey, person: Person, people: People) -> Event:
    """Until it begins to be told."""
    await journey.goes_wrong()
    await journey.presses("5", after="menu_other")
    await journey.presses("1", after="menu_balance")
    await journey.presses(f"{person.number}#", after="ask_identity_number")
    await journey.presses("1", after="read_back_choice")
    await journey.presses(people.password(person), after="ask_password")
    return await journey.call.until(
        lambda event: isinstance(event, SentencesSpoken) and "available_balance" in event.prompts
    )


JOURNEYS: tuple[tuple[str, Someone, Way, float], ...] = (
    ("fraud", IMPATIENT, reports_fraud, 20.0),
    ("loss", ELDERLY, blocks_a_card, 60.0),
    ("balance", CONFUSED, hears_a_balance, 60.0),
)
"""What each wants, and the goal in seconds from the answer."""


def journeys(tell: Tell) -> Iterator[Figure]:
    """Three callers who know only the phone: seconds and steps until fraud, loss and balance are where they want them.

    The impatient one wants a person for a fraud, the elderly one a card blocked, the confused one (who begins with a
    wrong key) his balance. Every sentence is played whole, and each key comes only after the sentence that names it.
    The baseline is the goal.
    """
    with line(HOTLINE_PROMPTS__CUT_MS="0") as ready:
        found = uvloop.run(_measure(ready, tell))
    for (what, someone, _, goal), (seconds, steps) in zip(JOURNEYS, found, strict=True):
        name = f"journey_{what}_{someone.name}"
        yield figure(name, seconds, "s", baseline=goal, goal=at_most(goal, Of.VALUE))
        yield figure(f"{name}_steps", steps, "steps", baseline=steps)


async def _measure(ready: Line, tell: Tell) -> list[tuple[float, int]]:
    people = People(ready.home)
    library = PromptLibrary.load(ready.settings.prompts_folder)
    async with Floor(ready.hotline) as floor:
        found = []
        for what, someone, way, _ in JOURNEYS:
            tell(f"{someone.name}: {what}")
            found.append(await _one(floor, library, people, someone, way))
        return found


async def _one(floor: Floor, library: PromptLibrary, people: People, someone: Someone, way: Way) -> tuple[float, int]:
    person = people.somebody(Example.ORDINARY, most_cards=1, most_accounts=1)
    call = await floor.call(MANDARIN_NUMBER)
    journey = Journey(someone, call, library)
    ended = await way(journey, person, people)
    began = _arrival(call)
    await call.hangs_up()
    await call.closes()
    return (ended.at - began).total_seconds(), journey.steps


def _arrival(call: OnTheLine) -> datetime:
    return call.events[0].at
