"""Read Mandarin as syllables without tones. Runs in the voice kit's own environment.

usage: KIT/venv/bin/python syllables.py KIT < texts.json

Takes a JSON list of texts in Chinese characters; prints `{"syllables": […]}` for each.
"""

import json
import sys

from pypinyin import lazy_pinyin


def main() -> None:
    """Carry out the orders."""
    for text in json.load(sys.stdin):
        print(json.dumps({"syllables": lazy_pinyin(text)}), flush=True)


if __name__ == "__main__":
    main()
