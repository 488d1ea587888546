"""What callers say into the line: written by Asterisk in clear, sealed as soon as it is whole, the clear destroyed."""

from pathlib import Path

import structlog

from ivr.adapters import durable_file
from ivr.adapters.loudness import measure
from ivr.domain.ids import RecordingName
from ivr.ports.keyring import Keyring

log = structlog.get_logger(__name__)

SHORTEST = 0.1
"""Seconds of sound below which nothing was said: a click, a breath."""


class NoSuchRecording(LookupError):
    """None of this name is kept."""


class Recordings:
    """Sealed under the keyring, one file a recording, named by our own ids."""

    def __init__(self, making: Path, kept: Path, keyring: Keyring) -> None:
        """`making`: where Asterisk writes; `kept`: where the sealed ones lie. Both are made."""
        self._making = making
        self._kept = kept
        self._keyring = keyring
        for folder in (making, kept):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, name: RecordingName) -> Path:
        """Where Asterisk is to write it, without extension."""
        return self._making / name

    def seal(self, name: RecordingName) -> int:
        """Seal what Asterisk wrote; how many whole seconds it lasts. 0 when nothing was said: then none is kept. What
        cannot be sealed stays where it is for `seal_left_over`. Raises OSError."""
        clear = self.path(name).with_name(f"{name}.wav")
        if not clear.exists():
            return 0
        heard = measure(clear)
        said = heard.audible >= SHORTEST
        if said:
            sealed = self._keyring.encrypt(clear.read_bytes(), _context(name))
            durable_file.write(self._kept / f"{name}.sealed", sealed)
            durable_file.sync_folder(self._kept)
        clear.unlink()
        return max(1, round(heard.seconds)) if said else 0

    def seal_left_over(self) -> list[RecordingName]:
        """Seal what a killed controller or a full disk left in clear; their names. What cannot be sealed now either
        waits for the next start."""
        left = [RecordingName(path.stem) for path in self._making.glob("*.wav")]
        for name in left:
            try:
                self.seal(name)
            except OSError as error:
                log.error(  # noqa: TRY400 (the sentence says it all)
                    "recording_left_in_clear",
                    name=name,
                    why=str(error),
                    mend="see to the disk, then restart the controller",
                )
        return left

    def read(self, name: RecordingName) -> bytes:
        """A recording as WAV. Raises NoSuchRecording, Undecryptable."""
        try:
            return self._keyring.decrypt((self._kept / f"{name}.sealed").read_bytes(), _context(name))
        except FileNotFoundError:
            raise NoSuchRecording(name) from None


def _context(name: RecordingName) -> bytes:
    return f"recording {name}".encode()
