"""What may stand in an Asterisk file. The settings refuse the same; here it is refused once more, whoever made them.

Asterisk reads a line at a time: `;` begins a comment, `[` at its start a section, `#` a directive. In a dialplan `,`
parts the arguments of an application, and `${…}` and `$[…]` are evaluated. So a value that comes from a setting is one
line without `;`, and in a dialplan only of characters that mean nothing there.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from ivr.domain.errors import HotlineError

LONGEST = 1024
"""Asterisk cuts a line at 8192 bytes; no value comes near."""
_IN_DIALPLAN = re.compile(r"[A-Za-z0-9_+*#./:-]*")
_IPV6_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]")


class WrongRendering(HotlineError):
    """A file cannot be rendered; the sentence names the setting, what is wrong, and the mend."""


class Named(str):
    """A text that knows the setting it comes from."""

    __slots__ = ("key",)
    key: str

    def __new__(cls, value: str, key: str) -> "Named":
        """The text `value` of the setting `key`, as it is written in the file: `trunks.0.username`."""
        named = super().__new__(cls, value)
        named.key = key
        return named


def named(value: Any, key: str) -> Any:
    """The same settings, with every text in them knowing its key."""
    if isinstance(value, BaseModel):
        return SimpleNamespace(
            **{name: named(getattr(value, name), f"{key}.{name}") for name in type(value).model_fields}
        )
    if isinstance(value, tuple | list):
        return [named(entry, f"{key}.{place}") for place, entry in enumerate(value)]
    return Named(value, key) if isinstance(value, str) else value


def line_value(value: object) -> str:
    """The value as it may stand after `=` in any file. Raises WrongRendering."""
    text = _text(value)
    if not text.isprintable():
        raise _refused(value, "holds a line end or another unprintable character")
    if ";" in text.replace("\\;", ""):
        raise _refused(value, "holds ';', which begins a comment")
    if text != text.strip():
        raise _refused(value, "begins or ends with a blank, which Asterisk would drop")
    if text.startswith(("[", "#", "=", ">")) and not _IPV6_HOST.fullmatch(text):
        raise _refused(value, f"begins with {text[0]!r}")
    if len(text.encode()) > LONGEST:
        raise _refused(value, f"is longer than {LONGEST} bytes")
    return text


def dialplan_value(value: object) -> str:
    """The value as it may stand anywhere in extensions.conf. Raises WrongRendering."""
    text = line_value(value)
    if not _IN_DIALPLAN.fullmatch(text):
        raise _refused(value, "holds more than letters, digits and _+*#./:- of a dialplan")
    return text


def escaped(value: str) -> str:
    """A password may hold `;`: Asterisk reads `\\;` as one."""
    return Named(value.replace(";", "\\;"), getattr(value, "key", "a password"))


def uri_user(value: str) -> str:
    """As the user part of a SIP URI (RFC 3261, 25.1)."""
    return Named(quote(value, safe="-_.!~*'()&=+$,?/"), getattr(value, "key", "a user name"))


def listed(values: Sequence[str]) -> str:
    """Words with a comma between them. Raises WrongRendering for a word that holds one."""
    for value in values:
        if "," in value:
            raise _refused(value, "holds ',', which parts the words of a list")
    return Named(",".join(map(line_value, values)), "a list")


def socket_host(value: str) -> str:
    """As the host of HOST:PORT: an IPv6 address in brackets."""
    return f"[{value}]" if ":" in value else value


def password(environment: Mapping[str, str], variable: str, key: str) -> str:
    """A password that stands in the environment. Raises WrongRendering."""
    value = environment.get(variable, "")
    if not value:
        raise WrongRendering(f"{key} names the environment variable {variable}, which is not set; set it")
    return Named(value, f"{key} ({variable})")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | PurePath):
        raise WrongRendering(f"a template wants to write a {type(value).__name__}; only text and whole numbers may be")
    # str() of a subclass may lose what it is; the characters are what counts here
    return str(value)


def _refused(value: object, why: str) -> WrongRendering:
    key = getattr(value, "key", None)
    if key is None:
        return WrongRendering(f"the value {str(value)!r} {why}; choose another")
    shown = "" if "password" in key else f" = {str(value)!r}"
    return WrongRendering(f"{key}{shown} {why}; choose another")
