"""The run folder: where everything of one hotline lies. Two hotlines on one machine have two homes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AsteriskHome:
    """The folders of one Asterisk."""

    root: Path

    @property
    def etc(self) -> Path:
        """The rendered configuration files."""
        return self.root / "etc"

    @property
    def run(self) -> Path:
        """Its pid and control socket."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        """Its log, CEL (`cel-custom/Master.csv`) and queue_log."""
        return self.root / "log"

    @property
    def lib(self) -> Path:
        """Its own database (astdb) and keys."""
        return self.root / "lib"

    @property
    def spool(self) -> Path:
        """Recordings in the making (`monitor/`)."""
        return self.root / "spool"

    @property
    def agents(self) -> Path:
        """Agents' phones (`pjsip.conf`), written by the controller from the accounts: beside the rendered files, since
        those come from settings alone."""
        return self.root / "agents"

    @property
    def told(self) -> Path:
        """What a caller says, while he says it; sealed and moved to `Home.recordings` right after."""
        return self.spool / "told"

    @property
    def calls(self) -> Path:
        """What is said in calls, a segment after the other; joined, sealed and destroyed when a call ends."""
        return self.spool / "calls"

    @property
    def data(self) -> Path:
        """Its data folder: `sounds/`, `moh/`, and links to what the installation ships."""
        return self.root / "data"

    def folders(self) -> tuple[Path, ...]:
        """All of them, to be made before it starts."""
        return (self.etc, self.run, self.log, self.lib, self.spool, self.told, self.calls, self.data, self.agents)


@dataclass(frozen=True, slots=True)
class Home:
    """The layout below `HOTLINE_HOME`. Every folder is readable by its owner only."""

    root: Path

    @property
    def asterisk(self) -> AsteriskHome:
        """The hotline's own exchange."""
        return AsteriskHome(self.root / "asterisk")

    @property
    def carrier(self) -> AsteriskHome:
        """The exchange that plays the public network."""
        return AsteriskHome(self.root / "carrier")

    @property
    def secrets(self) -> Path:
        """Passwords and keys, mode 0600, made on first run."""
        return self.root / "secrets"

    @property
    def journal(self) -> Path:
        """The journal's segments."""
        return self.root / "journal"

    @property
    def recordings(self) -> Path:
        """What callers said, sealed."""
        return self.root / "recordings"

    @property
    def call_recordings(self) -> Path:
        """The calls themselves, sealed, one folder a day."""
        return self.recordings / "calls"

    @property
    def bank(self) -> Path:
        """The demo bank's file."""
        return self.root / "bank.db"

    @property
    def sms(self) -> Path:
        """The SMS outbox of the demonstration."""
        return self.root / "sms.db"

    @property
    def nats(self) -> Path:
        """The bus: configuration and JetStream store."""
        return self.root / "nats"

    @property
    def log(self) -> Path:
        """One log a process: `controller.log`, `watchdog.log`, …"""
        return self.root / "log"

    @property
    def pids(self) -> Path:
        """One `NAME.pid` a running process."""
        return self.root / "pid"

    def make(self) -> None:
        """Make every folder, for the owner only."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        wanted = (self.secrets, self.journal, self.recordings, self.call_recordings, self.nats, self.log, self.pids)
        for folder in (*wanted, *self.asterisk.folders(), *self.carrier.folders()):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
