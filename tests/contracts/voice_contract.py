"""What every voice session keeps to. Subclass it with a fixture `meet` that brings a session and its caller together.

The caller is made of a script (`ivr.adapters.memory.voice`); what he hears and what the session replies is the same,
whether the session is made of memory or speaks to a channel.
"""

from typing import Protocol

import pytest

from ivr.adapters.memory.voice import (
    Act,
    HangsUp,
    Listens,
    LosesSession,
    Presses,
    ScriptedCaller,
    Speaks,
    StaysSilent,
)
from ivr.domain.caller import Language
from ivr.domain.errors import HungUp
from ivr.domain.ids import CallId, EffectId, QueueName, RecordingName
from ivr.domain.secret import SecretDigits
from ivr.flow.steps import (
    Ask,
    Chose,
    Escaped,
    Incomplete,
    JoinQueue,
    Keyed,
    Menu,
    Record,
    Recorded,
    Said,
    Say,
    Silence,
    WrongKey,
    sentences,
)
from ivr.flow.words import amount, digits
from ivr.ports.voice import Keypad, SessionLost, VoiceSession

CALL = CallId("n1-1767603600.7")
PATIENCE = 0.05
GREETING = sentences(Language.ZH, "greeting")
TWO = sentences(Language.ZH, "greeting", "notice")
MENU = Menu(sentences(Language.ZH, "menu"), "12*09", PATIENCE)
NUMBER = Ask(sentences(Language.ZH, "number"), longest=6, closing_key="#", patience=PATIENCE)
FOUND_BY = Keypad(shortest=4, longest=20, flush=False)
SECRET = Keypad(shortest=6, longest=6, flush=True)
TELLING = Record(sentences(Language.ZH, "tell"), longest=30, closing_key="#", patience=PATIENCE)
NAME = RecordingName(f"{CALL}-5")
QUEUE = JoinQueue(QueueName("service"), priority=0, language=Language.ZH, patience=60)
GONE = (HungUp, SessionLost)
"""A session may or may not be able to tell a hangup from a loss."""


class Meet(Protocol):
    """Bring a session together with a caller of this script."""

    async def __call__(self, *script: Act) -> tuple[VoiceSession, ScriptedCaller]:
        """Both ends of a new call named CALL."""


class VoiceContract:
    """The promises."""

    async def test_the_session_names_its_call(self, meet: Meet) -> None:
        """As its arrival does."""
        session, _ = await meet()
        assert session.call_id == session.arrival.incoming.call_id == CALL

    async def test_every_sentence_is_heard_in_order(self, meet: Meet) -> None:
        """To its end."""
        session, caller = await meet(Listens("greeting", "notice"))
        assert await session.say(Say(TWO)) == Said(interrupted=False)
        assert caller.heard == ["greeting", "notice"]
        assert caller.left_to_do == []

    async def test_values_are_heard_in_their_language_piece_by_piece(self, meet: Meet) -> None:
        """Digits between two sentences, each from its recording."""
        session, caller = await meet(Listens("greeting", "d_zh_10", "d_en_2_end", "notice"))
        spoken = sentences(Language.ZH, "greeting", digits(Language.ZH, "105"), digits(Language.EN, "12"), "notice")
        assert await session.say(Say(spoken)) == Said(interrupted=False)
        assert caller.heard == ["greeting", "d_zh_10", "d_zh_5_end", "d_en_1", "d_en_2_end", "notice"]
        assert [sentence.language.value for sentence in caller.sentences] == ["zh", "zh", "zh", "en", "en", "zh"]

    async def test_a_key_cuts_a_value_short(self, meet: Meet) -> None:
        """In the middle of an amount."""
        session, caller = await meet(Presses("1", during="n_zh_0"))
        menu = Menu((amount(Language.ZH, 1_005_005),), "1", PATIENCE)
        assert await session.menu(menu) == Chose("1")
        assert caller.heard == ["wan_zh_1", "n_zh_0"]

    async def test_a_key_cuts_the_sentences_short(self, meet: Meet) -> None:
        """What follows is not spoken."""
        session, caller = await meet(Presses("1", during="greeting"))
        assert await session.say(Say(TWO)) == Said(interrupted=True)
        assert caller.heard == ["greeting"]

    async def test_a_key_waits_for_the_next_step_that_listens(self, meet: Meet) -> None:
        """Said, said, and then chosen; nothing more is spoken meanwhile."""
        session, caller = await meet(Presses("1", during="greeting"))
        assert await session.say(Say(GREETING)) == Said(interrupted=True)
        assert await session.say(Say(TWO)) == Said(interrupted=True)
        assert await session.menu(MENU) == Chose("1")
        assert caller.heard == ["greeting"]

    async def test_typed_ahead_keys_are_taken_one_a_step(self, meet: Meet) -> None:
        """In the order they were pressed."""
        session, caller = await meet(Presses("127", during="greeting"))
        await session.say(Say(GREETING))
        assert [await session.menu(MENU) for _ in range(3)] == [Chose("1"), Chose("2"), WrongKey("7")]
        assert caller.heard == ["greeting"]

    async def test_a_menu_takes_a_key_on_offer(self, meet: Meet) -> None:
        """In the middle of its words."""
        session, _ = await meet(Presses("0", during="menu"))
        assert await session.menu(MENU) == Chose("0")

    async def test_a_menu_takes_a_key_after_its_words(self, meet: Meet) -> None:
        """While it waits."""
        session, caller = await meet(Listens("menu"), Presses("*"))
        assert await session.menu(MENU) == Chose("*")
        assert caller.heard == ["menu"]

    async def test_a_key_that_is_not_on_offer_is_wrong(self, meet: Meet) -> None:
        """And told as it is."""
        session, _ = await meet(Presses("5", during="menu"))
        assert await session.menu(MENU) == WrongKey("5")

    async def test_silence_is_a_reply(self, meet: Meet) -> None:
        """A menu waits for its patience, and can be asked again."""
        session, caller = await meet(StaysSilent(), Presses("1", during="menu"))
        assert await session.menu(MENU) == Silence()
        assert await session.menu(MENU) == Chose("1")
        assert caller.heard == ["menu", "menu"]

    @pytest.mark.parametrize(
        ("keys", "reply"),
        [
            ("12#", Keyed("12")),
            ("123456", Keyed("123456")),
            ("#", Keyed("")),
            ("*0", Escaped("0")),
            ("12*9", Escaped("9")),
            ("12**34#", Keyed("34")),
            ("09#", Keyed("09")),
        ],
    )
    async def test_a_number_is_keyed_in(self, meet: Meet, keys: str, reply: Keyed | Escaped) -> None:
        """Until the closing key or its length; `*0` and `*9` lead out, `**` begins anew, 0 and 9 alone are digits."""
        session, caller = await meet(Presses(keys, during="number"))
        assert await session.ask(NUMBER) == reply
        assert caller.heard == ["number"]

    async def test_keys_after_a_whole_number_are_kept(self, meet: Meet) -> None:
        """They belong to the next step."""
        session, _ = await meet(Presses("1234561", during="number"))
        assert await session.ask(NUMBER) == Keyed("123456")
        assert await session.menu(MENU) == Chose("1")

    async def test_an_unfinished_number_is_silence(self, meet: Meet) -> None:
        """Nobody said that these were all digits."""
        session, _ = await meet(Presses("12", during="number"), StaysSilent())
        assert await session.ask(NUMBER) == Silence()

    @pytest.mark.parametrize(
        ("keys", "reply"),
        [
            ("62170042#", "62170042"),
            ("1101051949123100*#", "1101051949123100*"),
            ("12**3456#", "3456"),
            ("1234", "1234"),
        ],
    )
    async def test_a_number_to_be_found_by_is_keyed_in_unseen(self, meet: Meet, keys: str, reply: str) -> None:
        """A final `*` is the X of a resident id; who forgets the closing key is understood all the same."""
        session, _ = await meet(Presses(keys, during="number"), StaysSilent())
        keyed = await session.keypad(NUMBER.sentences, FOUND_BY, PATIENCE)
        assert isinstance(keyed, SecretDigits)
        assert keyed.reveal() == reply
        assert repr(keyed) == "•••"

    @pytest.mark.parametrize("key", ["0", "9"])
    async def test_a_way_leads_out_of_what_is_keyed_in_unseen(self, meet: Meet, key: str) -> None:
        """As out of any number."""
        session, _ = await meet(Presses(f"12*{key}", during="number"))
        assert await session.keypad(NUMBER.sentences, FOUND_BY, PATIENCE) == Escaped(key)

    async def test_an_emergency_told_in_a_secret_is_confirmed_without_a_pause(self, meet: Meet) -> None:
        """`*9` and at once `9`: the second one is for the next step."""
        session, _ = await meet(Presses("12*9", during="number"), Presses("9"))
        assert await session.keypad(NUMBER.sentences, SECRET, PATIENCE) == Escaped("9")
        assert await session.menu(Menu(sentences(Language.ZH, "menu"), "9", PATIENCE)) == Chose("9")

    async def test_nothing_keyed_in_unseen_is_silence(self, meet: Meet) -> None:
        """The closing key alone too."""
        session, _ = await meet(Presses("#", during="number"), StaysSilent())
        assert await session.keypad(NUMBER.sentences, FOUND_BY, PATIENCE) == Silence()
        assert await session.keypad(NUMBER.sentences, FOUND_BY, PATIENCE) == Silence()

    @pytest.mark.parametrize("keys", ["123", "123#", "**1"])
    async def test_an_unfinished_secret_is_incomplete(self, meet: Meet, keys: str) -> None:
        """It would count as a wrong one."""
        session, _ = await meet(Presses(keys, during="number"), StaysSilent())
        assert await session.keypad(NUMBER.sentences, SECRET, PATIENCE) == Incomplete()

    @pytest.mark.parametrize("keys", ["621", "621#", "1*#"])
    async def test_a_number_too_short_to_find_anyone_by_is_incomplete(self, meet: Meet, keys: str) -> None:
        """With the closing key or without."""
        session, _ = await meet(Presses(keys, during="number"), StaysSilent())
        assert await session.keypad(NUMBER.sentences, FOUND_BY, PATIENCE) == Incomplete()

    async def test_a_key_typed_ahead_is_no_part_of_a_secret(self, meet: Meet) -> None:
        """It was meant for something else."""
        session, _ = await meet(Presses("7", during="greeting"), Presses("123456", during="number"))
        await session.say(Say(GREETING))
        keyed = await session.keypad(NUMBER.sentences, SECRET, PATIENCE)
        assert isinstance(keyed, SecretDigits)
        assert keyed.reveal() == "123456"

    @pytest.mark.parametrize(
        "more", [(Presses("7"), StaysSilent()), (Presses("78#"),), (Presses("#"),), (StaysSilent(),)]
    )
    async def test_no_digit_of_a_secret_reaches_the_next_step(self, meet: Meet, more: tuple[Act, ...]) -> None:
        """Who presses one too many has not chosen anything by it."""
        session, _ = await meet(Presses("123456", during="number"), *more, Presses("1", during="menu"))
        keyed = await session.keypad(NUMBER.sentences, SECRET, PATIENCE)
        assert isinstance(keyed, SecretDigits)
        assert await session.menu(MENU) == Chose("1")

    async def test_what_a_caller_says_is_kept(self, meet: Meet) -> None:
        """For as long as he speaks."""
        session, caller = await meet(Listens("tell"), Speaks(7))
        assert await session.record(TELLING, NAME) == Recorded(NAME, 7)
        assert caller.left_to_do == []

    async def test_saying_nothing_is_silence(self, meet: Meet) -> None:
        """There is nothing to keep."""
        session, _ = await meet(Listens("tell"))
        assert await session.record(TELLING, NAME) == Silence()

    @pytest.mark.parametrize("key", ["0", "9"])
    async def test_a_way_leads_out_of_telling(self, meet: Meet, key: str) -> None:
        """Before a word is said."""
        session, _ = await meet(Presses(key, during="tell"))
        assert await session.record(TELLING, NAME) == Escaped(key)

    async def test_a_call_is_recorded_and_no_key_is_lost_by_it(self, meet: Meet) -> None:
        """Asked for once or again, in the midst of the dialogue."""
        session, caller = await meet(Presses("1", during="greeting"), Presses("2", during="menu"))
        await session.say(Say(GREETING))
        await session.record_call()
        assert await session.menu(MENU) == Chose("1")
        await session.record_call()
        assert await session.menu(MENU) == Chose("2")
        assert caller.left_to_do == []

    async def test_a_call_whose_caller_is_gone_is_not_recorded(self, meet: Meet) -> None:
        """As any other step."""
        session, _ = await meet(HangsUp(during="greeting"))
        with pytest.raises(GONE):
            await session.say(Say(GREETING))
        with pytest.raises(GONE):
            await session.record_call()

    async def test_what_takes_long_is_waited_for_with_words(self, meet: Meet) -> None:
        """Said once; a key pressed meanwhile is for the next step."""
        session, caller = await meet(Presses("1", during="greeting"))

        async def work() -> int:
            await caller.has_begun_to_hear("greeting")
            return 7

        assert await session.meanwhile(work(), GREETING) == 7
        assert await session.menu(MENU) == Chose("1")
        assert caller.heard == ["greeting"]

    async def test_what_is_quick_is_done_without_a_word(self, meet: Meet) -> None:
        """Nobody is told to wait for what is there."""
        session, caller = await meet()

        async def work() -> int:
            return 7

        assert await session.meanwhile(work(), GREETING) == 7
        assert caller.heard == []

    async def test_work_is_done_though_the_caller_leaves_while_he_is_told_to_wait(self, meet: Meet) -> None:
        """The work does not care."""
        session, caller = await meet(HangsUp(during="greeting"))

        async def work() -> int:
            await caller.has_begun_to_hear("greeting")
            return 7

        assert await session.meanwhile(work(), GREETING) == 7

    async def test_work_is_done_meanwhile(self, meet: Meet) -> None:
        """And its fault is the caller's of the method, not the session's."""
        session, _ = await meet(Presses("1", during="menu"))

        async def work() -> int:
            return 7

        async def fail() -> int:
            raise LookupError

        assert await session.meanwhile(work()) == 7
        with pytest.raises(LookupError):
            await session.meanwhile(fail())
        assert await session.menu(MENU) == Chose("1")

    async def test_work_is_done_though_the_caller_is_gone(self, meet: Meet) -> None:
        """What was begun for him is finished."""
        session, _ = await meet(HangsUp(during="greeting"))
        with pytest.raises(GONE):
            await session.say(Say(GREETING))

        async def work() -> int:
            return 7

        assert await session.meanwhile(work()) == 7

    async def test_a_hangup_ends_the_step(self, meet: Meet) -> None:
        """In the middle of a sentence, and every step after it."""
        session, _ = await meet(HangsUp(during="notice"))
        with pytest.raises(GONE):
            await session.say(Say(TWO))
        with pytest.raises(GONE):
            await session.menu(MENU)
        with pytest.raises(GONE):
            await session.finish()

    async def test_a_hangup_ends_the_wait_for_a_key(self, meet: Meet) -> None:
        """Before the patience is over."""
        session, _ = await meet(Listens("menu"), HangsUp())
        with pytest.raises(GONE):
            await session.menu(MENU)

    async def test_a_lost_session_stays_lost(self, meet: Meet) -> None:
        """The channel obeys no more, though the caller may still be there."""
        session, _ = await meet(LosesSession(during="greeting"))
        with pytest.raises(SessionLost):
            await session.say(Say(TWO))
        with pytest.raises(SessionLost):
            await session.to_fallback()

    @pytest.mark.parametrize("way", ["hand_over", "finish", "to_fallback"])
    async def test_a_session_that_was_ended_is_over(self, meet: Meet, way: str) -> None:
        """Whichever way it ended."""
        session, _ = await meet(Listens("greeting"))
        await session.say(Say(GREETING))
        match way:
            case "hand_over":
                await session.hand_over(QUEUE, EffectId(f"{CALL}/3"))
            case "finish":
                await session.finish()
            case _:
                await session.to_fallback()
        with pytest.raises(SessionLost):
            await session.say(Say(GREETING))
        with pytest.raises(SessionLost):
            await session.finish()
