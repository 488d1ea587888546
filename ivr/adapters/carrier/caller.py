"""A scripted caller: what a person with a phone can do, as verbs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ivr.adapters.carrier.agi import CallerAgi, Gone
from ivr.adapters.loudness import Heard, measure

LONGEST = 180
"""Seconds a caller listens at most before giving up: nobody hangs on for ever."""
PAUSE = 2
"""Seconds of silence that mean "it is my turn": longer than between two sentences, shorter than a menu's patience."""
A_CLICK = 0.06
"""Seconds of sound in one that are no speech."""


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

    def listen(self, seconds: float) -> None:
        """Hear so many seconds."""
        with self._listening():
            self._record(seconds)

    def listen_until_silence(self, pause: int = PAUSE) -> None:
        """Hear until something was said and then nothing for `pause` whole seconds; LONGEST at most.

        Second by second, and judged here: a line that waits may send no audio at all, and Asterisk's own detection of
        silence listens to audio only, so it would wait for ever.
        """
        spoken, silent = False, 0
        until = time.monotonic() + LONGEST
        with self._listening():
            while silent < pause and time.monotonic() < until:
                if self._record(1).audible > A_CLICK:
                    spoken, silent = True, 0
                elif spoken:
                    silent += 1

    def listen_to_the_end(self) -> None:
        """Hear until the other side hangs up; raises Gone then, or after LONGEST when it does not."""
        self.listen(LONGEST)
        self._diary.note("gave up waiting for the end")
        self.hang_up()

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass without listening to them; raises Gone when the call ends meanwhile."""
        self._agi.do("EXEC", "Wait", f"{seconds:g}")

    def speak(self, times: int = 5) -> None:
        """Say something, a few times over: what is said does not matter to whoever records it."""
        self._diary.note("speaks")
        for _ in range(times):
            self._agi.do("STREAM FILE", "hotline/agent_demo", '""')

    def play(self, sound: Path, times: int = 1) -> None:
        """Let the line hear a sound file (8 kHz, mono, 16 bit), a few times over."""
        self._diary.note(f"plays {sound.name}")
        for _ in range(times):
            self._agi.do("STREAM FILE", f'"{sound.with_suffix("")}"', '""')

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

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Notes what was heard, until a hangup too."""
        began, before = time.monotonic(), self._diary.audible
        try:
            yield
        finally:
            seconds, audible = time.monotonic() - began, self._diary.audible - before
            self._diary.note(f"listened {seconds:.1f} s, {audible:.1f} s of it audible")

    def _record(self, seconds: float) -> Heard:
        """Listening is recording: what a caller heard is not believed from events."""
        path = self._folder / f"{len(self._diary.heard) + 1:03d}"
        try:
            self._agi.do("RECORD FILE", f'"{path}"', "wav", '""', round(seconds * 1000))
        finally:
            heard = measure(path.with_suffix(".wav"))
            self._diary.heard.append(heard)
        return heard
