"""What Asterisk reads, letter by letter. `HOTLINE_GOLDEN=write` with pytest writes the golden files anew: then read
their diff, for it is the change that goes into production."""

import os
from pathlib import Path

import pytest

from dialplans.values import WrongRendering
from tests.dialplans.renderings import CASES, GOLDEN, as_one, install_below, rendered, settings_of


@pytest.mark.parametrize("case", CASES)
def test_a_rendering_is_its_golden_file(case: str, tmp_path: Path) -> None:
    """A change of a template or of the rendering is seen in what Asterisk will read."""
    config, carrier = CASES[case]
    install = install_below(tmp_path)
    text = as_one(rendered(settings_of(config, carrier=carrier), install), install)
    golden = GOLDEN / f"{case}.txt"
    if os.environ.get("HOTLINE_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8"), f"{golden.name}: HOTLINE_GOLDEN=write accepts the change"


def test_the_carrier_is_rendered_only_where_it_is_enabled(tmp_path: Path) -> None:
    """A production machine gets no second exchange, and no witness who may log in."""
    files = rendered(settings_of(CASES["default"][0]), install_below(tmp_path))
    assert not [path for path in files if "carrier" in path.parts]
    assert not [path for path, text in files.items() if "[witness]" in text]


def test_an_asterisk_without_a_module_we_need_is_refused_by_the_modules_name(tmp_path: Path) -> None:
    """What cannot serve does not start: the sentence names what is lacking."""
    with pytest.raises(WrongRendering, match=r"lacks app_queue: "):
        rendered(settings_of(CASES["default"][0]), install_below(tmp_path, without="app_queue"))


def test_a_trunk_whose_password_is_not_in_the_environment_is_refused_by_the_settings_name(tmp_path: Path) -> None:
    """No registration with an empty password: the sentence names the key and the variable."""
    with pytest.raises(WrongRendering, match=r"trunks\.0\.password_env names .* TELECOM_PASSWORD, which is not set"):
        rendered(settings_of(CASES["rich"][0]), install_below(tmp_path), passwords={})
