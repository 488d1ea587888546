"""No setting can write a line, a section, an argument or an expression of its own, whoever made it.

The settings' own rules are passed by here (`model_copy` checks nothing): the rendering must hold by itself.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dialplans.values import WrongRendering
from ivr.settings import Settings
from tests.dialplans.renderings import PASSWORDS, RICH, Install, as_one, install_below, rendered, settings_of
from tests.examples import examples

HOSTILE = st.text(st.sampled_from("a1 ;\\\r\n\0\t[]{}#=>$(),\"'!&|@:*\x85\u2028é语"), min_size=1, max_size=24)
FOLDER = TemporaryDirectory(prefix="modules-")  # gone with this process
EXPRESSION_SIGNS = ("${", "$[", ",", "(", ")")


@cache
def rich() -> tuple[Settings, Install]:
    """Made once: these tests write nothing."""
    return settings_of(RICH, carrier=True), install_below(Path(FOLDER.name))


def first_of(kind: str, field: str) -> Callable[[str], Settings]:
    """The rich configuration with one text of the first trunk, number, queue or phone exchanged."""

    def exchanged(text: str) -> Settings:
        base = rich()[0]
        first, *rest = getattr(base, kind)
        value: Any = (text,) if isinstance(getattr(first, field), tuple) else text
        return base.model_copy(update={kind: (first.model_copy(update={field: value}), *rest)})

    return exchanged


def bind(text: str) -> Settings:
    """The address Asterisk listens on."""
    base = rich()[0]
    return base.model_copy(update={"asterisk": base.asterisk.model_copy(update={"bind": text})})


PLACES: dict[str, tuple[Callable[[str], Settings], str]] = {
    "asterisk.bind": (bind, "192.0.2.9"),
    "node": (lambda text: rich()[0].model_copy(update={"node": text}), "n1"),
    "trunks.0.host": (first_of("trunks", "host"), "sip.bank.example"),
    "trunks.0.username": (first_of("trunks", "username"), "bank"),
    "trunks.0.codecs": (first_of("trunks", "codecs"), "alaw"),
    "trunks.0.match": (first_of("trunks", "match"), "192.0.2.1"),
    "numbers.0.number": (first_of("numbers", "number"), "95000"),
    "numbers.0.language": (first_of("numbers", "language"), "en"),
    "queues.0.strategy": (first_of("queues", "strategy"), "linear"),
    "phones.0.contact": (first_of("phones", "contact"), "sip:desk1@192.0.2.101"),
}
"""By the setting's name: the configuration with this text there, and a text that means no harm."""


def structure(text: str) -> list[Any]:
    """What Asterisk makes of a file, without the values: sections, keys, and in a dialplan how much is evaluated."""
    shape: list[Any] = []
    for raw in text.split("\n"):
        line = re.sub(r"(?<!\\);.*", "", raw).strip()
        key, separator, value = line.partition("=")
        if not separator or line.startswith("["):
            shape.append(line)
        elif key.strip() in ("exten", "same"):
            shape.append((key, *(value.count(sign) for sign in EXPRESSION_SIGNS)))
        else:
            shape.append(key)
    return shape


@given(place=st.sampled_from(sorted(PLACES)), text=HOSTILE)
@settings(max_examples=examples(150), deadline=None)
def test_a_hostile_setting_is_refused_or_stays_a_value(place: str, text: str) -> None:
    """Whatever a setting holds, Asterisk reads the same sections, keys and expressions, or nothing is rendered."""
    assume(text != "::")  # every address: the carrier then looks for us on loopback, and that is as it should be
    (exchanged, harmless), install = PLACES[place], rich()[1]
    try:
        hostile = as_one(rendered(exchanged(text), install), install)
    except WrongRendering:
        return
    assert structure(hostile) == structure(as_one(rendered(exchanged(harmless), install), install))


@given(text=HOSTILE)
@settings(max_examples=examples(60), deadline=None)
def test_a_hostile_password_is_refused_or_stays_a_password(text: str) -> None:
    """A password may hold `;` and `[`; it never becomes a comment or a section."""
    harmless, install = rich()
    try:
        hostile = as_one(rendered(harmless, install, passwords={"TELECOM_PASSWORD": text}), install)
    except WrongRendering:
        return
    assert structure(hostile) == structure(as_one(rendered(harmless, install), install))


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_line_end_is_refused_by_the_settings_name(place: str) -> None:
    """Who gets a refusal can find the setting."""
    with pytest.raises(WrongRendering, match=re.escape(place)):
        rendered(PLACES[place][0]("x\n[evil]\ny=z"), rich()[1])


def test_a_refused_password_is_not_told() -> None:
    """The sentence names the variable, never what it holds."""
    harmless, install = rich()
    with pytest.raises(WrongRendering, match="TELECOM_PASSWORD") as refusal:
        rendered(harmless, install, passwords={"TELECOM_PASSWORD": "hush\nhush"})
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("name", ["general", "i", "h", "trunk-telecom"])
def test_a_queue_named_like_something_of_asterisks_is_refused(name: str) -> None:
    """`[general]` is no queue, and an extension `h` is run at hangup."""
    with pytest.raises(WrongRendering, match=re.escape(f"the name '{name}' means something to Asterisk")):
        rendered(first_of("queues", "name")(name), rich()[1])


def test_an_ipv6_address_is_written_in_brackets() -> None:
    """HOST:PORT of an address full of colons."""
    settings_, install = first_of("trunks", "host")("2001:db8::5"), rich()[1]
    assert "contact = sip:[2001:db8::5]:5060\n" in as_one(rendered(settings_, install), install)
    assert "bind = [::]:5060\n" in as_one(rendered(bind("::"), install), install)


def test_the_passwords_of_the_tests_hold_what_is_hard() -> None:
    """The golden file shows how a `;` in a password is written."""
    assert ";" in PASSWORDS["TELECOM_PASSWORD"]
