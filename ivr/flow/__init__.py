"""Handbook chapter 2 as stories: pure generators that yield steps and are told the replies.

`hotline.py` is the whole call on one page, `steps.py` the verbs.
"""
