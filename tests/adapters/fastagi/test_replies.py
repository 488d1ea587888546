"""What Asterisk answers, read line by line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.fastagi.environment import LONGEST, EnvironmentReader, NoEnvironment
from ivr.adapters.fastagi.replies import Answer, Garbled, Refusal, ReplyReader, Withdrawn
from tests.adapters.fastagi.peer import environment_of

ANYTHING = st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")), max_size=30)
NEARLY = st.lists(
    st.sampled_from(
        [b"200 result=1", b"200 result=-1 endpos=0", b"520-Usage", b"520 End", b"HANGUP", b"510 x", b"200 result=1 (a)"]
    ).flatmap(lambda line: st.integers(0, len(line)).map(lambda cut: line[:cut] or line)),
    max_size=30,
)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0", Answer(0)),
        (b"200 result=49", Answer(49)),
        (b"200 result=-1 endpos=0", Answer(-1, endpos=0)),
        (b"200 result=35 endpos=4000", Answer(35, endpos=4000)),
        (b"200 result=1 ()", Answer(1, "")),
        (b"200 result=1 (a) (b) endpos=3)", Answer(1, "a) (b) endpos=3")),
        (b"100 result=0 Trying...", None),
        (b"200 result=0 Gosub complete", Answer(0)),
        (b"200 result=-1 Gosub failed", Answer(-1)),
        (b"200 result=-1 Gosub label not found", Answer(-1)),
        (b"510 Invalid or unknown command", Refusal(510)),
        (b"511 Command Not Permitted on a dead channel", Refusal(511)),
        (b"HANGUP", Withdrawn()),
    ],
)
def test_a_line_is_its_reply(line: bytes, reply: object) -> None:
    """As measured on the wire."""
    assert ReplyReader().read(line) == reply


def test_a_usage_text_is_one_refusal() -> None:
    """However many lines it has."""
    reader = ReplyReader()
    lines = [
        b"520-Invalid command syntax.  Proper usage follows:",
        b"Usage: X",
        b"",
        b"HANGUP",
        b"520 End of proper usage.",
    ]
    assert [reader.read(line) for line in lines] == [None, None, None, None, Refusal(520)]


def test_a_usage_text_without_end_is_garbled() -> None:
    """It would swallow every answer to come."""
    reader = ReplyReader()
    with pytest.raises(Garbled, match="usage"):
        read_all(reader, [b"520-x", *[b"more"] * 1000])


def test_a_key_is_a_sign() -> None:
    """0 and 1 are no keys, 48 is."""
    assert [Answer(result).key for result in (0, 1, -1, 48, 42)] == [None, None, None, "0", "*"]


@given(st.one_of(ANYTHING, NEARLY))
def test_any_lines_give_replies_or_garbled(lines: list[bytes]) -> None:
    """Never another exception, whatever comes."""
    reader = ReplyReader()
    for line in lines:
        with suppress(Garbled):
            reply = reader.read(line)
            assert reply is None or isinstance(reply, Answer | Refusal | Withdrawn)


@given(st.integers(-1, 999_999), st.text().filter(lambda text: "\n" not in text))
def test_any_value_comes_through(result: int, value: str) -> None:
    """What stands in the parentheses is the value, parentheses and all."""
    encoded = value.encode(errors="replace")
    assert ReplyReader().read(b"200 result=%d (" % result + encoded + b")") == Answer(
        result, encoded.decode(errors="replace")
    )


@given(ANYTHING)
def test_any_environment_ends_or_is_refused(lines: list[bytes]) -> None:
    """Never another exception, and bounded in what it keeps."""
    reader = EnvironmentReader()
    found = None
    for line in [b"agi_network: yes", *lines]:
        try:
            found = reader.read(line)
        except NoEnvironment:
            return
        assert found is None or "agi_threadid" in found


@given(
    st.one_of(
        st.text(alphabet=st.characters(codec="utf-8"), max_size=100),
        st.lists(st.sampled_from(["\n", "\n\n", "\r\n", "agi_uniqueid: x", "agi_network_script: health", "x"])).map(
            "".join
        ),
    )
)
def test_no_callers_name_replaces_a_fact_before_it(name: str) -> None:
    """Whatever stands in it, the facts that Asterisk wrote before it and the end of the environment are its own."""
    reader = EnvironmentReader()
    lines = environment_of(agi_calleridname=name).split(b"\n")
    ends = [number for number, line in enumerate(lines[:-1]) if (found := reader.read(line)) is not None]
    assert ends == [len(lines) - 2]
    assert found is not None
    assert found["agi_network_script"] == "call"
    assert found["agi_uniqueid"] == "n1-1767603600.7"


def test_an_environment_is_bounded() -> None:
    """In lines and in bytes."""
    for line, times in ((b"agi_x: y", 200), (b"agi_x: " + b"y" * 1000, LONGEST // 1000 + 1)):
        with pytest.raises(NoEnvironment, match="without an end"):
            read_all(EnvironmentReader(), [line] * times)


def test_a_fault_repeats_nothing_of_the_line() -> None:
    """It may be personal, and faults are logged."""
    for reader in (ReplyReader(), EnvironmentReader()):
        with pytest.raises(ValueError, match=r"none|no reply") as fault:
            read_all(reader, [b"13800138000"])
        assert "138" not in str(fault.value)


def read_all(reader: ReplyReader | EnvironmentReader, lines: list[bytes]) -> None:
    """One after the other."""
    for line in lines:
        reader.read(line)
