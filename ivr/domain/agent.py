"""An agent: who answers, in which languages, about what, and as which line (H1.2e)."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ivr.domain.caller import Language
from ivr.domain.ids import AgentId
from ivr.domain.problem import Category

_STAFF_NUMBER = re.compile(r"[0-9]{2,12}")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_LONGEST_NAME = 64


class Tier(Enum):
    """Which line an agent stands in. The first answers everyone, the second what is hard or waits long (H1.2e)."""

    AGENT = "agent"
    SENIOR = "senior"
    DUTY = "duty"
    """The officer on duty: emergencies (H2.1d)."""

    @property
    def rank(self) -> int:
        """0 is the first line."""
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """What an agent can do. Raises ValueError where no caller could be brought to him."""

    languages: tuple[Language, ...] = (Language.ZH,)
    """Those he speaks, the best first."""
    categories: tuple[Category, ...] = ()
    """Those he is a specialist of; empty: anything, as a generalist."""
    tier: Tier = Tier.AGENT

    def __post_init__(self) -> None:
        if not self.languages:
            raise ValueError("an agent speaks at least one language; zh and en there are")
        for kind, named in (("language", self.languages), ("category", self.categories)):
            if len(set(named)) != len(named):
                raise ValueError(f"a {kind} stands twice among the skills")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An account: a person of the bank who answers, by name and never shared. Personal: `name`.

    Raises ValueError for a staff number that could not be spoken or dialled, and for names that fit no line.
    """

    agent: AgentId
    """The staff number (工号): 2 to 12 digits. It is spoken to the caller, and his phone registers under it."""
    name: str
    """For supervisors and the desk; never spoken."""
    skills: Skills = Skills()
    teams: tuple[str, ...] = ()
    """Whose supervisors may listen and help: words like `cards`."""
    phone: str = ""
    """A phone of the configuration (`[[phones]]`) that rings for him; empty: his own, under his staff number."""
    created_at: datetime
    """UTC."""

    def __post_init__(self) -> None:
        if not _STAFF_NUMBER.fullmatch(self.agent):
            raise ValueError(f"staff number {self.agent!r}: 2 to 12 digits are allowed, since it is spoken to callers")
        if not (0 < len(self.name) <= _LONGEST_NAME and self.name.isprintable()):
            raise ValueError(f"a name has 1 to {_LONGEST_NAME} printable signs")
        for kind, words in (("team", self.teams), ("phone", (self.phone,) if self.phone else ())):
            for word in words:
                if not _WORD.fullmatch(word):
                    raise ValueError(f"{kind} {word!r}: small letters, digits, - and _ are allowed, a letter first")

    @property
    def endpoint(self) -> str:
        """The PJSIP endpoint that rings for him."""
        return self.phone or self.agent


@dataclass(frozen=True, slots=True, kw_only=True)
class SipCredentials:
    """By what an agent's phone registers. Secret: `password`, which no `repr` shows."""

    agent: AgentId
    password: str
    made_at: datetime
    """UTC."""
    shown_at: datetime | None = None
    """UTC; when somebody was shown it. It is shown once."""

    def __repr__(self) -> str:
        return f"SipCredentials(agent={self.agent!r})"
