"""Every Asterisk file, rendered from the settings. The dialplans are thin: no business decision lives in one.

`common/`, `hotline/` and `carrier/` hold the templates; `render` makes the files, `write` puts them where Asterisk
reads them, `check` tells what on the disk is not what it should be.
"""

from dialplans.disk import check, write
from dialplans.render import AsteriskInstall, render
from dialplans.values import WrongRendering

__all__ = ["AsteriskInstall", "WrongRendering", "check", "render", "write"]
