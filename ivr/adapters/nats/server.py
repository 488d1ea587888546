"""The nats-server of one hotline: its configuration and command line."""

from pathlib import Path

from ivr.adapters.secrets import Secrets
from ivr.home import Home
from ivr.settings import Settings

TOKEN = "nats"  # noqa: S105  (the name of the secret, not the secret)

CONFIGURATION = """\
# Written anew by every `hotline up`.
server_name: hotline-{node}
listen: "127.0.0.1:{port}"
authorization {{ token: "{token}" }}
jetstream {{
  store_dir: "{store}"
  max_memory_store: 64MB
  max_file_store: 2GB
}}
max_payload: 1MB
# Seconds of a client's silence times two until its connection is taken for dead.
ping_interval: "10s"
"""


def url(settings: Settings) -> str:
    """Where the bus is."""
    return f"nats://127.0.0.1:{settings.ports.nats}"


def write_configuration(settings: Settings, home: Home, secrets: Secrets) -> Path:
    """Write its file, for the owner only since the token stands in it, and say where it is."""
    path = home.nats / "nats.conf"
    text = CONFIGURATION.format(
        node=settings.node, port=settings.ports.nats, token=secrets.word(TOKEN), store=home.nats / "store"
    )
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
    return path


def command(nats_server: tuple[str, ...], configuration: Path) -> list[str]:
    """How it is started."""
    return [*nats_server, "-c", str(configuration)]
