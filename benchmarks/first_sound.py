"""How long a caller hears nothing after a key."""

import asyncio
from collections.abc import Iterator

import uvloop

from benchmarks.line import STATIC, STORY, Line, line
from benchmarks.measure import Figure, Of, Tell, at_most, figure, percentile
from benchmarks.phone import Phone, calling

PHONES = 8
"""To each of the two, at the same time."""
SECONDS = 30.0
CUT = {"HOTLINE_PROMPTS__CUT_MS": "120", "HOTLINE_STORY__KEY_PATIENCE": "60"}
"""Enough of each prompt to be heard; a menu is soon over, so that many keys fit into the time."""
SILENT = 0.3
"""Seconds without a sound that mean that the menu waits for a key: longer than any pause between two prompts."""
PATIENCE = 10.0
ROUND = "541"
"""Everything else, products and hours, and then something more, for ever."""


def first_sound(tell: Tell) -> Iterator[Figure]:
    """Caller: from the end of a tone to the first sound of the next prompt, 99th percentile, against a static dialplan.

    Measured where the caller is: phones of our own (SIP, RTP) press keys while a menu waits, and time the span from
    sending the first RTP packet that says "key released" to the first audible sample (above -36 dB) received. The
    same recordings follow on both sides, with the same 50 ms of silence at their beginning. Half the phones are in the
    story and half in the static dialplan of the same Asterisk, at the same time. `first_sound_median` has no goal.
    """
    with line(**CUT) as ready:
        story, static = uvloop.run(_measure(ready, tell))
    for name, percent, goal in (("first_sound_p99", 99, at_most(20, Of.MORE)), ("first_sound_median", 50, None)):
        value, baseline = (percentile(spans, percent) * 1000 for spans in (story, static))
        yield figure(name, value, "ms", baseline=baseline, goal=goal)


async def _measure(ready: Line, tell: Tell) -> tuple[list[float], list[float]]:
    """Seconds after each key, in the story and in the static dialplan."""
    spans: dict[str, list[float]] = {STORY: [], STATIC: []}
    sip = ready.settings.ports.sip
    tell(f"{PHONES} phones in the story, {PHONES} in the static dialplan, for {SECONDS:g} s")
    async with asyncio.TaskGroup() as group:
        for place in range(PHONES * len(spans)):
            dialled = list(spans)[place % len(spans)]
            group.create_task(_press_on(dialled, sip, spans[dialled]))
            await asyncio.sleep(0.13)  # not all in step
    return spans[STORY], spans[STATIC]


async def _press_on(dialled: str, sip_port: int, spans: list[float]) -> None:
    loop = asyncio.get_running_loop()
    async with calling(dialled, sip_port) as phone:
        await phone.first_sound(PATIENCE)
        await _span(phone, "1")  # the first key meets what is loaded at first use
        until = loop.time() + SECONDS
        while loop.time() < until:
            for key in ROUND:
                spans.append(await _span(phone, key))


async def _span(phone: Phone, key: str) -> float:
    await phone.silence(SILENT)
    released = await phone.press(key)
    return await phone.first_sound(PATIENCE) - released
