"""An Asterisk in a folder of its own, with a test's own files: for what is tried on it alone, without our dialplans."""

import socket
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

from ivr.adapters.exchange.install import find
from ivr.settings import load
from tests.network import free_port

BOOT = 30.0
"""Seconds it may take to be there."""
FILES = {
    "asterisk.conf": """[directories]
astetcdir => {home}/etc
astmoddir => {modules}
astvarlibdir => {home}/lib
astdbdir => {home}/lib
astkeydir => {home}/lib
astdatadir => {home}/data
astagidir => {home}/lib
astspooldir => {home}/spool
astrundir => {home}/run
astlogdir => {home}/log
[options]
systemname = n1
""",
    "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
    "modules.conf": "[modules]\nautoload=no\n{loads}\n",
}


class BareAsterisk:
    """`files` are templates in the manner of `str.format`: `values`, and the port `ami`, stand in them by name."""

    def __init__(self, home: Path, modules: str, files: dict[str, str], **values: object) -> None:
        self.ami = free_port()
        self.sounds = home / "data" / "sounds"
        installation = find(load())
        self._home = home
        self._command = [*installation.asterisk, "-C", str(home / "etc" / "asterisk.conf")]
        for folder in ("etc", "run", "log", "lib", "spool", "data/sounds"):
            (home / folder).mkdir(parents=True)
        # Without its documentation Asterisk does not start.
        (home / "data" / "documentation").symlink_to(installation.data / "documentation")
        loads = "\n".join(f"load = {name}.so" for name in modules.split())
        values |= {"home": home, "modules": installation.modules, "loads": loads, "ami": self.ami}
        for name, text in (FILES | files).items():
            (home / "etc" / name).write_text(text.format(**values))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running one."""
        assert self._process is not None, "Asterisk was not started"
        return self._process

    def start(self) -> None:
        """Start it; it is up once its manager interface listens and its modules are loaded."""
        with (self._home / "out").open("ab") as out:
            self._process = subprocess.Popen([*self._command, "-f"], stdout=out, stderr=out)
        until = time.monotonic() + BOOT
        while True:
            with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.ami), 1)):
                break
            assert self._process.poll() is None, f"Asterisk ended: {self._said()}"
            assert time.monotonic() < until, f"Asterisk does not listen: {self._said()}"
            time.sleep(0.05)
        booted = [*self._command, "-rx", "core waitfullybooted"]
        subprocess.run(booted, check=True, timeout=BOOT, capture_output=True)

    def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _said(self) -> str:
        return (self._home / "out").read_text(errors="replace")[-2000:]
