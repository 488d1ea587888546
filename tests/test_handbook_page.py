"""The page that says where each rule of the handbook is kept tells the truth."""

import re
from pathlib import Path

import pytest

from ivr.settings import PROJECT

RULE = re.compile(r"\bH[1-8]\.\d[a-z]?\b")
KEEPERS = ("ivr", "config", "dialplans")


def rows() -> dict[str, tuple[list[Path], list[Path]]]:
    """Of each rule: the files that keep it, and those that show it."""
    found = {}
    for line in (PROJECT / "docs" / "handbook.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if RULE.fullmatch(cells[0]):
            kept, shown = ([PROJECT / name for name in re.findall(r"`([^`]+)`", cell)] for cell in cells[2:4])
            found[cells[0]] = (kept, shown)
    return found


def test_every_rule_named_in_the_code_stands_on_the_page_with_its_file() -> None:
    """Who greps for an id and who reads the page find the same."""
    for folder in KEEPERS:
        for path in (PROJECT / folder).rglob("*"):
            if path.suffix not in (".py", ".toml", ".j2"):
                continue
            for rule in set(RULE.findall(path.read_text("utf-8"))):
                assert path in rows()[rule][0], f"{rule} is kept by {path.relative_to(PROJECT)}: add it to the page"


@pytest.mark.parametrize("rule", sorted(rows()))
def test_every_file_on_the_page_exists_and_keeps_its_rule(rule: str) -> None:
    """No row is out of date, and none is without a test."""
    kept, shown = rows()[rule]
    assert kept
    assert shown
    assert all(path.is_file() for path in shown)
    for path in kept:
        assert rule in RULE.findall(path.read_text("utf-8")), f"{path.relative_to(PROJECT)} does not name {rule}"
