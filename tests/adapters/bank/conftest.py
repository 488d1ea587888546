"""A demo bank of forty customers, made once and copied for each test."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.adapters.bank import passwords
from ivr.adapters.bank.demo import DemoBank
from ivr.adapters.bank.people import Person, population
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.secrets import Secrets
from tests.contracts.bank_contract import World

PEOPLE: tuple[Person, ...] = population(40)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with secrets; its bank is made by the first test."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def keyring(made: Path) -> FileKeyring:
    """The home's."""
    return FileKeyring(Secrets(made / "secrets"))


@pytest.fixture
async def demo(made: Path, keyring: FileKeyring, tmp_path: Path) -> AsyncIterator[World]:
    """A bank that nothing was done in yet."""
    if not (made / "bank.db").exists():
        async with DemoBank(made / "bank.db", keyring, VirtualClock(), people=PEOPLE):
            pass
    shutil.copy(made / "bank.db", tmp_path / "bank.db")
    clock = VirtualClock()
    async with DemoBank(tmp_path / "bank.db", keyring, clock) as bank:
        yield World(bank=bank, people=PEOPLE, password=lambda owner: passwords.derived(keyring, owner), clock=clock)
