"""A scripted caller: what a person with a phone can do, as verbs."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from ivr.adapters.carrier.agi import CallerAgi, Gone
from ivr.adapters.carrier.heard import Heard, measure

LONGEST = 180
"""Seconds a caller listens at most before giving up: nobody hangs on for ever."""
PAUSE = 2
"""Seconds of silence that mean "it is my turn": longer than between two sentences, shorter than a menu's patience."""


@dataclass(slots=True)
class Diary:
    """What a caller did and heard."""

    did: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    hung_up_himself: bool = False
    began: float = field(default_factory=time.monotonic)

    def note(self, what: str) -> None:
        """Write down, with the second of the call."""
        self.did.append(f"{time.monotonic() - self.began:5.1f} s  {what}")

    @property
    def audible(self) -> float:
        """Seconds in which something was to be heard."""
        return sum(heard.audible for heard in self.heard)


class Caller:
    """One caller in one call. Every verb raises Gone when the call has ended."""

    def __init__(self, agi: CallerAgi, folder: Path, diary: Diary) -> None:
        self._agi = agi
        self._folder = folder
        self._diary = diary

    def listen(self, seconds: float) -> Heard:
        """Hear so many seconds."""
        return self._record(seconds, silence=None)

    def listen_until_silence(self, pause: int = PAUSE) -> Heard:
        """Hear until nothing was said for `pause` whole seconds."""
        return self._record(LONGEST, silence=pause)

    def listen_to_the_end(self) -> None:
        """Hear until the other side hangs up; raises Gone then, or after LONGEST when it does not."""
        self._record(LONGEST, silence=None)
        self._diary.note("gave up waiting for the end")
        self.hang_up()

    def press(self, keys: str, gap: float = 0.15) -> None:
        """Press keys, `gap` seconds apart, each as an RFC 4733 tone."""
        self._diary.note(f"pressed {' '.join(keys)}")
        self._agi.do("EXEC", "SendDTMF", f'"{keys},{round(gap * 1000)},120"')

    def hang_up(self) -> None:
        """End the call; raises Gone, since nothing can follow."""
        self._diary.note("hung up")
        self._diary.hung_up_himself = True
        self._agi.do("HANGUP")
        raise Gone

    def _record(self, seconds: float, *, silence: int | None) -> Heard:
        """Listening is recording: what a caller heard is not believed from events."""
        path = self._folder / f"{len(self._diary.heard) + 1:02d}"
        stop = () if silence is None else (f"s={silence}",)
        try:
            self._agi.do("RECORD FILE", f'"{path}"', "wav", '""', round(seconds * 1000), *stop)
        finally:  # what was heard until a hangup counts too
            heard = measure(path.with_suffix(".wav"))
            self._diary.heard.append(heard)
            self._diary.note(f"listened {heard.seconds:.1f} s, {heard.audible:.1f} s of it audible")
        return heard
