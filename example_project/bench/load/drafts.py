"""People who type: each saves a text that grows, with the version that the save before has returned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from example_project.bench.calls import API, Call, Request, Target, request_of
from example_project.bench.processes import Site

DRAFT = Call("draft, saved", "floor: DRF view", f"{API}conversations/{{conversation}}/draft/")
#: How often each draft is saved at most in a turn. Nobody may save one more than 60 times in a minute.
SAVES = 8
WORDS = "Thank you for your message. Please come to the practice on Monday morning and bring your letter."


def saves(portal: Site, people: list[Target]) -> list[Request]:
    """Return the saves of one turn: first the first of all drafts, then the second of all, and so on.

    Each person types in several conversations, so that a draft is not saved again before the response to the
    save before.
    """
    drafts = [_saves(portal, each) for each in chain.from_iterable(map(_desks, people))]
    return [save for round_of_saves in zip(*drafts, strict=True) for save in round_of_saves]


def _desks(person: Target) -> list[Target]:
    """Return the person once for each of their conversations in which they type."""
    return [
        replace(person, known={**person.known, "conversation": conversation})
        for conversation in person.known["conversations"].split()
    ]


def _saves(portal: Site, desk: Target) -> list[Request]:
    version = int(portal.json(DRAFT, desk)["version"])
    words = WORDS.split()
    texts = (" ".join([f"Draft {version}:", *words[: 2 * number]]) for number in range(1, SAVES + 1))
    bodies: list[Mapping[str, str | int]] = [
        {"body": text, "version": version + number} for number, text in enumerate(texts)
    ]
    return [request_of(replace(DRAFT, body=body, method="PUT"), desk) for body in bodies]
