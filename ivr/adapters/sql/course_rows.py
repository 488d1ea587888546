"""A call's course as rows, and back. The rows are tuples in the order of their table's columns: there are many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from ivr.domain.course import Check, CheckEnd, Course, Leg, LegKind, Mark, Milestone, Stay, StayEnd
from ivr.domain.ids import QueueName
from ivr.domain.verification import Means
from ivr.ports.archive import ArchivedCall

Rows = tuple[list[tuple[Any, ...]], ...]
"""A list for each table of `course_tables.COURSE`."""

AGENT = "agent:"
"""Stands before whoever talked with the caller, among the words: a queue of the same name is not he."""
_LONGEST = 64
_LONGEST_OF = 120


def rows_of(call: ArchivedCall) -> Rows:
    """Every row of the course, but for what is in `calls`."""
    incoming, course = call.record.incoming, call.course
    call_id, arrived_at = incoming.call_id, incoming.arrived_at
    return (
        [
            (call_id, place, leg.kind.value, leg.party[:_LONGEST], leg.began_at, leg.ended_at)
            for place, leg in enumerate(course.legs)
        ],
        [
            (
                call_id,
                place,
                stay.queue[:_LONGEST],
                stay.priority,
                stay.entered_at,
                stay.position,
                stay.waited,
                stay.answered_at,
                stay.answered_by[:_LONGEST],
                stay.left_at,
                stay.end.value if stay.end else None,
            )
            for place, stay in enumerate(course.stays)
        ],
        [(call_id, place, check.at, check.means.value, check.end.value) for place, check in enumerate(course.checks)],
        [
            (call_id, place, milestone.at, milestone.mark.value, milestone.of[:_LONGEST_OF])
            for place, milestone in enumerate(course.milestones)
        ],
        [(word, arrived_at, call_id) for word in sorted(_words(course))],
    )


def word_of_agent(agent: str) -> str:
    """The word that calls of this agent are found by."""
    return (AGENT + agent)[:_LONGEST]


def _words(course: Course) -> set[str]:
    return {word[:_LONGEST] for word in course.words} | {word_of_agent(agent) for agent in course.agents}


def course_from(found: Sequence[Sequence[RowMapping]]) -> Course:
    """It back, from the rows of each table in order."""
    legs, stays, checks, milestones, words = found
    return Course(
        legs=tuple(_leg(row) for row in legs),
        stays=tuple(_stay(row) for row in stays),
        checks=tuple(
            Check(at=_moment(row["at"]), means=Means(row["means"]), end=CheckEnd(row["end"])) for row in checks
        ),
        milestones=tuple(Milestone(at=_moment(row["at"]), mark=Mark(row["mark"]), of=row["of"]) for row in milestones),
        words=frozenset(row["word"] for row in words if not row["word"].startswith(AGENT)),
    )


def _leg(row: RowMapping) -> Leg:
    return Leg(kind=LegKind(row["kind"]), party=row["party"], began_at=row["began_at"], ended_at=row["ended_at"])


def _stay(row: RowMapping) -> Stay:
    return Stay(
        queue=QueueName(row["queue"]),
        priority=row["priority"],
        entered_at=row["entered_at"],
        position=row["position"],
        waited=row["waited"],
        answered_at=row["answered_at"],
        answered_by=row["answered_by"],
        left_at=row["left_at"],
        end=StayEnd(row["end"]) if row["end"] else None,
    )


def _moment(value: Any) -> datetime:
    moment: datetime = value
    return moment
