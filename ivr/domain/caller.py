"""Who is calling, in which language, and how sure we are (DOMAIN.md, verification levels)."""

from enum import Enum, IntEnum


class Language(Enum):
    """A language the line speaks. Mandarin is the first, English the second."""

    ZH = "zh"
    EN = "en"


class VerificationLevel(IntEnum):
    """How sure we are who is calling. Each level may what the lower ones may, and more."""

    UNKNOWN = 0
    RECOGNISED = 1
    IDENTIFIED = 2
    VERIFIED = 3
    STRONG = 4
