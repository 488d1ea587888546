"""The exchange's CEL file is read whatever stands in it, and does not stay longer than needed."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dialplans.cel_columns import CEL_COLUMNS
from ivr.adapters.exchange.cel import CelFile, rows_of
from ivr.domain.ids import CallId

CALLER = "PJSIP/trunk-carrier-00000001"


def row(event: str, at: float, uniqueid: str = "n1-1.1", **different: str) -> bytes:
    """One row as Asterisk writes it."""
    values = {
        "eventtype": event,
        "eventtime": f"{1795509664 + at:.6f}",
        "cid_num": "13800138000",
        "exten": "s",
        "context": "story",
        "channame": CALLER,
        "uniqueid": uniqueid,
        "linkedid": uniqueid,
        "eventenum": event,
        **different,
    }
    fields = ('"' + values.get(name, "").replace('"', '""') + '"' for name in CEL_COLUMNS)
    return (",".join(fields) + "\n").encode()


def whole_call(uniqueid: str = "n1-1.1") -> bytes:
    """From the first row to the last."""
    return b"".join(
        (
            row("CHAN_START", 0, uniqueid, context="trunk-carrier", exten="95000"),
            row("ANSWER", 1, uniqueid),
            row("APP_START", 2, uniqueid),
            row("BRIDGE_ENTER", 8, uniqueid),
            row("HANGUP", 20, uniqueid, extra=f'{{"hangupcause":16,"hangupsource":"{CALLER}","dialstatus":""}}'),
            row("CHAN_END", 20.1, uniqueid),
        )
    )


async def test_a_call_is_read_from_its_rows(tmp_path: Path) -> None:
    """Who called which number, when it was answered and ended, who hung up, whether someone talked."""
    file = tmp_path / "Master.csv"
    file.write_bytes(whole_call())
    found = (await CelFile(file).read())[CallId("n1-1.1")]
    assert (found.trunk, found.dialled, found.caller_number) == ("carrier", "95000", "13800138000")
    assert found.answered_at is not None
    assert found.ended_at is not None
    assert (found.ended_at - found.answered_at).total_seconds() == 19
    assert found.hung_up_by_caller
    assert found.talked
    assert not found.in_fallback


async def test_the_fallback_is_told_by_its_event(tmp_path: Path) -> None:
    """Only a user event of that name counts."""
    file = tmp_path / "Master.csv"
    start = row("CHAN_START", 0, context="trunk-carrier")
    file.write_bytes(start + row("HOTLINE_FALLBACK", 3, eventenum="USER_DEFINED"))
    assert (await CelFile(file).read())[CallId("n1-1.1")].in_fallback


async def test_rows_are_taken_up_as_they_are_appended_half_ones_later(tmp_path: Path) -> None:
    """A row that is still being written is waited for."""
    file, content = tmp_path / "Master.csv", whole_call()
    cel = CelFile(file)
    file.write_bytes(content[:-40])
    assert (await cel.read())[CallId("n1-1.1")].talked
    with file.open("ab") as more:
        more.write(content[-40:])
    assert (await cel.read())[CallId("n1-1.1")].ended_at is not None


async def test_agents_legs_are_no_calls(tmp_path: Path) -> None:
    """Only a leg that began in a trunk's context is a caller's."""
    file = tmp_path / "Master.csv"
    file.write_bytes(row("CHAN_START", 0, context="nowhere") + row("ANSWER", 1))
    assert await CelFile(file).read() == {}


async def test_a_line_end_in_a_number_forges_no_row(tmp_path: Path) -> None:
    """A caller's number may hold a whole row; it stays a number."""
    file = tmp_path / "Master.csv"
    nasty = "1\n" + row("CHAN_START", 0, "n1-9.9", context="trunk-carrier").decode()
    file.write_bytes(row("CHAN_START", 0, context="trunk-carrier", cid_num=nasty) + row("ANSWER", 1))
    assert set(await CelFile(file).read()) == {"n1-1.1"}


async def test_a_large_file_is_moved_aside_and_gone_when_its_calls_are_archived(tmp_path: Path) -> None:
    """Callers' numbers in clear do not stay; Asterisk opens the file anew for each row."""
    file = tmp_path / "Master.csv"
    file.write_bytes(whole_call("n1-1.1") + whole_call("n1-1.2"))
    cel = CelFile(file, largest=100)
    await cel.read()
    await cel.forget({CallId("n1-1.1")})
    assert not file.exists()
    assert (tmp_path / "Master.csv.1").exists()
    assert set(await CelFile(file).read()) >= {"n1-1.2"}
    await cel.forget({CallId("n1-1.2")})
    assert list(tmp_path.iterdir()) == []
    file.write_bytes(whole_call("n1-1.3"))
    assert set(await cel.read()) == {"n1-1.3"}


async def test_no_file_is_no_call(tmp_path: Path) -> None:
    """Before the first call there is nothing."""
    assert await CelFile(tmp_path / "Master.csv").read() == {}


@given(st.binary(max_size=400))
def test_garbage_is_passed_over(garbage: bytes) -> None:
    """Whatever stands in the file, reading ends and takes no more than there is."""
    rows, taken = rows_of(garbage + b"\n" + whole_call())
    assert taken <= len(garbage) + 1 + len(whole_call())
    assert all(set(found) == set(CEL_COLUMNS) for found in rows)
