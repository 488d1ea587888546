"""Whether the ports of the settings are free, and who has them if not."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from ivr.domain.errors import HotlineError
from ivr.settings import Settings


class PortTaken(HotlineError):
    """A port of ours is somebody else's; the sentence names the setting and, where it may be seen, the process."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port that one of our processes will listen on."""

    setting: str
    port: int
    kind: socket.SocketKind
    host: str


def wanted(settings: Settings) -> Iterator[Wanted]:
    """All single ports of this hotline; those of the carrier only where it runs."""
    tcp, udp, local = socket.SOCK_STREAM, socket.SOCK_DGRAM, "127.0.0.1"
    ports = settings.ports
    yield Wanted("ports.sip", ports.sip, udp, settings.asterisk.bind)
    for name in ("ami", "agi", "nats"):
        yield Wanted(f"ports.{name}", getattr(ports, name), tcp, local)
    if settings.carrier.enabled:
        yield Wanted("ports.carrier_sip", ports.carrier_sip, udp, local)
        yield Wanted("ports.carrier_ami", ports.carrier_ami, tcp, local)


def is_free(port: Wanted) -> bool:
    """Nobody listens there now. Decided as the listener will: by binding."""
    with socket.socket(socket.AF_INET6 if ":" in port.host else socket.AF_INET, port.kind) as attempt:
        if port.kind is socket.SOCK_STREAM:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((port.host, port.port))
        except OSError:
            return False
    return True


def holder(port: Wanted) -> str:
    """Who has it, in words; an ordinary user sees only his own processes."""
    try:
        for connection in psutil.net_connections(kind="tcp" if port.kind is socket.SOCK_STREAM else "udp"):
            if connection.laddr and connection.laddr.port == port.port and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return "another process"


def require(settings: Settings) -> None:
    """Raises PortTaken with every port that is."""
    taken = [port for port in wanted(settings) if not is_free(port)]
    if taken:
        lines = [
            f"{port.setting} = {port.port} is taken by {holder(port)}; "
            f"choose another (HOTLINE_{port.setting.replace('.', '__').upper()})"
            for port in taken
        ]
        raise PortTaken("\n".join(lines))
