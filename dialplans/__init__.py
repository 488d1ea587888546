"""Every Asterisk file, rendered from the settings. The dialplans are thin: no business decision lives in one.

`common/`, `hotline/` and `carrier/` hold the templates; `render.render` makes the files, `disk.write` puts them where
Asterisk reads them, `disk.check` tells what on the disk is not what it should be.
"""
