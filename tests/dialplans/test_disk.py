"""From the text to the disk, and back to whether it is so."""

from pathlib import Path

import pytest

import dialplans.disk
from ivr.home import Home
from ivr.settings import Settings
from tests.dialplans.renderings import RICH, Install, install_below, rendered, settings_of


class Disk:
    """A home with the rich configuration's rendering."""

    def __init__(self, folder: Path) -> None:
        modules, english = folder / "modules", folder / "shipped"
        for made in (modules, english / "digits"):
            made.mkdir(parents=True)
        (english / "queue-thankyou.gsm").touch()
        (english / "tt-monkeys.gsm").touch()
        self.home = Home(folder / "home")
        self.settings: Settings = settings_of(RICH)
        self.install = Install(install_below(modules).modules, sounds_en=english)
        self.files = rendered(self.settings, self.install, self.home)
        self.etc = self.home.asterisk.etc

    def write(self) -> dialplans.disk.Written:
        """Put all there."""
        return dialplans.disk.write(self.files, self.home, self.settings, self.install)

    def check(self) -> list[str]:
        """Whether all is there."""
        return dialplans.disk.check(self.files, self.home)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """Nothing written yet."""
    return Disk(tmp_path)


def test_what_was_written_needs_no_writing(disk: Disk) -> None:
    """A second writing changes nothing, so nothing has to be read anew."""
    assert set(disk.write().written) == set(disk.files)
    assert not disk.write()
    assert disk.check() == []


def test_every_file_is_its_owners_alone(disk: Disk) -> None:
    """They hold passwords; one that was opened to others is closed again, and told."""
    disk.write()
    programs = {path for path, text in disk.files.items() if text.startswith("#!")}
    assert {path.name for path in programs} == {"agent-number.sh"}
    assert {path.stat().st_mode & 0o777 for path in disk.files if path not in programs} == {0o600}
    manager = disk.etc / "manager.conf"
    manager.chmod(0o644)
    assert disk.check() == [f"{manager}: can be read by others"]
    disk.write()
    assert manager.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_rendered_no_more_is_removed(disk: Disk) -> None:
    """Asterisk would go on to read it."""
    disk.write()
    stale = disk.etc / "sip.conf"
    stale.write_text("[general]\n")
    assert any("sip.conf" in line for line in disk.check())
    assert disk.write().removed == (stale,)
    assert not stale.exists()


def test_a_difference_is_told_and_secrets_are_not(disk: Disk) -> None:
    """`hotline render --check` can be shown to anyone."""
    disk.write()
    manager = disk.etc / "manager.conf"
    text = manager.read_text()
    manager.write_text(
        text.replace("authlimit = 20", "authlimit = 99").replace("secret-of-ami_controller", "yesterdays")
    )
    told = "\n".join(disk.check())
    assert "-authlimit = 99\n+authlimit = 20" in told
    assert "secret-of" not in told
    assert "yesterdays" not in told


@pytest.mark.parametrize("name", ["manager.conf", "extensions.conf", "pjsip.conf"])
def test_a_secret_that_differs_is_told_without_it(disk: Disk, name: str) -> None:
    """An AMI secret, the key of the dialplan, a trunk's password."""
    disk.write()
    path = disk.etc / name
    text = path.read_text()
    secret = next(word for word in ("secret-of-ami_controller", "secret-of-hotline_key", "pass\\;") if word in text)
    path.write_text(text.replace(secret, "another", 1))
    assert disk.check() == [f"{path}: a secret differs"]


def test_asterisk_finds_its_folders_and_the_sounds_its_applications_speak_with(disk: Disk) -> None:
    """CEL makes no folder of its own, and of the shipped sounds only what Asterisk itself says is there."""
    disk.write()
    assert (disk.home.asterisk.log / "cel-custom").is_dir()
    english = disk.home.asterisk.data / "sounds" / "en"
    assert sorted(sound.name for sound in english.iterdir()) == ["digits", "queue-thankyou.gsm"]
    assert (disk.home.asterisk.data / "moh").resolve() == disk.settings.prompts_folder / "moh"
