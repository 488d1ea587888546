"""Digits that nobody may see: a password, a code, a card or id number while it is being keyed in.

They go from the adapter that collects them to the adapter that checks them, sealed all the way. Whatever shows, copies,
compares or stores values by accident (a log, an f-string, JSON, pickle, a debugger's list of locals) gets `•••` or an
error. The only door is `reveal`, so that a search for that word finds every place where a secret is in clear.
"""

import re
from typing import Any, Final, NoReturn, final

HIDDEN: Final = "•••"
_ALLOWED = re.compile(r"[0-9*]{1,32}")


@final
class SecretDigits:
    """One to 32 keys, `0` to `9` and `*` (a final X of a resident id)."""

    __slots__ = ("__keys", "__weakref__")
    __keys: bytearray

    def __init__(self, keys: str) -> None:
        """Seal them. Raises ValueError, which does not repeat them."""
        if not isinstance(keys, str) or not _ALLOWED.fullmatch(keys):
            raise ValueError("a secret is one to 32 keys, 0 to 9 and *") from None
        object.__setattr__(self, "_SecretDigits__keys", bytearray(keys, "ascii"))

    def reveal(self) -> str:
        """The keys in clear, for the adapter that checks them; never to be kept. Raises ValueError after `wipe`."""
        if not self.__keys:
            raise ValueError("these digits were wiped")
        return self.__keys.decode("ascii")

    def wipe(self) -> None:
        """Overwrite the keys. What `reveal` handed out before is a string of its own that Python frees in its time."""
        for place in range(len(self.__keys)):
            self.__keys[place] = 0
        self.__keys.clear()

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, _: str) -> str:
        return HIDDEN

    def __eq__(self, _: object) -> bool:
        """Refused: `==` tells by its duration how many keys were right."""
        raise TypeError("secrets are not compared; reveal both where they are checked, in constant time")

    def __hash__(self) -> int:
        raise TypeError("a secret is no key of anything")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret does not change")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is neither stored nor copied")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither stored nor copied")

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("a secret is neither stored nor copied")

    def __copy__(self) -> NoReturn:
        raise TypeError("a secret is neither stored nor copied")

    def __deepcopy__(self, _: dict[int, Any]) -> NoReturn:
        raise TypeError("a secret is neither stored nor copied")
