"""A call's story in words, as it happens: each sentence spoken, each key, each turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.text import Text

from ivr.adapters.prompts.library import PromptLibrary
from ivr.cli.shown import in_words
from ivr.domain.caller import Language
from ivr.domain.events import (
    CallArrived,
    CallBackChanged,
    CallClosed,
    CallerGone,
    CallTakenUp,
    ConversationChanged,
    Event,
    FactNoted,
    FollowUpWritten,
    KeyPressed,
    NothingPressed,
    PersonAnswered,
    PresenceChanged,
    QueueEntered,
    QueueExited,
    SentencesSpoken,
    StepBegan,
    StepEnded,
)
from ivr.domain.reasons import Reason

PERSONAL = "•••"
"""Stands for an amount, digits, a date that was spoken to the caller."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story."""

    who: str
    what: str


class Teller:
    """Tells the events of one call."""

    def __init__(self, library: PromptLibrary) -> None:
        self._library = library
        self._began: datetime | None = None
        self._noted = ""

    def show(self, event: Event, console: Console) -> None:
        """Print it, each line with the second of the call."""
        self._began = self._began or event.at
        second = (event.at - self._began).total_seconds()
        for line in self.lines(event):
            text = Text(f"{second:7.1f} s  ", style="dim")
            text.append(f"{line.who:<9} ", style="cyan" if line.who == "line" else "yellow")
            text.append(line.what)
            console.print(text, soft_wrap=True)

    def lines(self, event: Event) -> list[Line]:
        """The event in words."""
        if isinstance(event, SentencesSpoken):
            pairs = zip(event.prompts, event.languages, strict=True)
            return [Line("line", words_of(self._library, prompt, language)) for prompt, language in pairs]
        line = _WORDS[type(event)](event)
        if isinstance(event, FactNoted):
            known, self._noted = self._noted, line.what
            return [line] if line.what != known else []
        return [line]


def words_of(library: PromptLibrary, prompt: str, language: Language) -> str:
    """A sentence in its words; of a value (`<amount>`) no more is told than that one was spoken."""
    return f"「{PERSONAL}」 {prompt[1:-1]}" if prompt.startswith("<") else f"「{library.text(prompt, language)}」"


def _fact(event: FactNoted) -> Line:
    known: Mapping[str, object] = {"language": event.language, "category": event.category, "urgency": event.urgency}
    facts = ", ".join(f"{name} {value}" for name, value in known.items() if value)
    reasons = "; ".join(Reason(reason).words(Language.EN) for reason in event.reasons)
    return Line("noted", facts + (f" ({reasons})" if reasons else ""))


def _answered(event: PersonAnswered) -> Line:
    who = f" ({event.agent})" if event.agent else ""
    return Line("person", f"answers after {event.waited} s{who}")


def _presence(event: PresenceChanged) -> Line:
    why = f" ({in_words(event.reason)})" if event.reason else ""
    then = f", then {in_words(event.wish)}" if event.wish else ""
    return Line("agent", f"{event.agent} is {in_words(event.after)}{why}{then}")


def _turned(event: ConversationChanged) -> Line:
    called = f" {event.phone}" if event.phone else ""
    why = f" ({in_words(event.why)})" if event.why else ""
    who = "person" if event.by not in ("exchange", "operator") else event.by
    return Line(who, f"{in_words(event.turn)}{called}{why}: {in_words(event.phase)}")


_WORDS: dict[type, Callable[..., Line]] = {
    CallArrived: lambda event: Line("call", f"{event.call_id} arrives by trunk {event.trunk}"),
    KeyPressed: lambda event: Line("caller", f"presses {event.key}"),
    NothingPressed: lambda _: Line("caller", "presses nothing"),
    FactNoted: _fact,
    StepBegan: lambda event: Line("line", f"{in_words(event.what)} …"),
    StepEnded: lambda event: Line("line", in_words(event.how)),
    QueueEntered: lambda event: Line("queue", f"waits in {event.queue}, priority {event.priority}"),
    PersonAnswered: _answered,
    PresenceChanged: _presence,
    CallBackChanged: lambda event: Line("call back", f"is {in_words(event.after)} after {event.attempts} attempt(s)"),
    ConversationChanged: _turned,
    QueueExited: lambda event: Line("queue", f"left: {event.how.replace('_', ' ')}"),
    FollowUpWritten: lambda event: Line("follow-up", event.reason.replace("_", " ")),
    CallTakenUp: lambda _: Line("line", "a restarted controller goes on"),
    CallerGone: lambda event: Line("caller", f"is gone ({event.reason.replace('_', ' ')})"),
    CallClosed: lambda event: Line("closed", f"{event.outcome}, {event.end_reason}".replace("_", " ")),
}
