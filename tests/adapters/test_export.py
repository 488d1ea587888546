"""Files of rows: safe in a spreadsheet, and whole or not there."""

import csv
import sys
from pathlib import Path

import pytest

from ivr.adapters.export import Kind, NoParquet, exported

COLUMNS = {"name": Kind.TEXT, "seconds": Kind.NUMBER, "agents": Kind.TEXTS}


@pytest.mark.parametrize(
    "evil",
    ["=1+1", "+86138", "-1", "@SUM(A1)", "\t=1", "\r=1", " =HYPERLINK(1)", "＝1", "　＠x", "|calc"],
)
def test_no_cell_is_a_formula(tmp_path: Path, evil: str) -> None:
    """Whatever a caller calls himself."""
    path = tmp_path / "x.csv"
    with exported(path, "csv", COLUMNS) as sink:
        sink.write([{"name": evil, "seconds": -5, "agents": [evil, "8001"]}])
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, [name, seconds, agents] = csv.reader(file)
    assert (name, seconds, agents) == (f"'{evil}", "-5", f"'{evil}; 8001")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_that_fails_leaves_the_earlier_one(tmp_path: Path, form: str) -> None:
    """And nothing beside it."""
    path = tmp_path / "x"
    path.write_text("earlier", "utf-8")

    def export_and_fail() -> None:
        with exported(path, form, COLUMNS) as sink:
            sink.write([{"name": "a", "seconds": 1, "agents": []}])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        export_and_fail()
    assert path.read_text("utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_without_its_library_parquet_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra; csv always works."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquet, match=r"pip install 'hotline\[parquet\]'"), exported(tmp_path / "x", "parquet", {}):
        pass
    assert list(tmp_path.iterdir()) == []
