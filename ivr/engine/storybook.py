"""Which story a chapter of a call tells, and the fingerprints it is told under."""

from collections.abc import Callable
from dataclasses import dataclass

from ivr.domain.call import CallRecord, Incoming
from ivr.domain.callback import CallBackEvent
from ivr.engine import fingerprints
from ivr.flow.aftermath import aftermath
from ivr.flow.call_back import call_back, leave_in_peace
from ivr.flow.hotline import hotline, take_over
from ivr.flow.manners import Manners
from ivr.flow.steps import Flow
from ivr.flow.talk import Talk

HOTLINE = "hotline"
MISFIT = "misfit"
AFTERMATH = "aftermath"


@dataclass(frozen=True, slots=True)
class Storybook:
    """The stories of this version. `hotline` may be another story in a test."""

    manners: Manners
    flow: str
    configuration: str
    main: Callable[[Incoming, Manners], Flow[None]] = hotline

    @classmethod
    def of(cls, manners: Manners) -> "Storybook":
        """The storybook of this code and these settings."""
        return cls(manners, fingerprints.of_flow(), fingerprints.of_configuration(manners))

    def story(self, chapter: str, record: CallRecord) -> Flow[None]:
        """The story of a chapter, for a call that stood so when the chapter began."""
        match chapter:
            case "hotline":
                back = record.incoming.call_back
                if back is not None:
                    return call_back(record.incoming, back, self.manners)
                return self.main(record.incoming, self.manners)
            case "misfit":
                if record.incoming.call_back is not None and record.known.met is not CallBackEvent.SPEAK:
                    return leave_in_peace()
                return take_over(Talk(record.incoming, self.manners, record.known))
            case "aftermath":
                return aftermath(record)
        raise ValueError(f"no chapter {chapter!r}")
