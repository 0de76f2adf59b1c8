# ruff: noqa: E501
"""Invented quick replies: what a front desk writes every day, nothing clinical."""

from dataclasses import dataclass


@dataclass(frozen=True)
class QuickReplyData:
    """A text to insert: for everybody, for a role, or for a team by its name. With an `owner`, their own."""

    title: str
    body: str
    role: str = ""
    team: str = ""
    language: str = ""
    owner: str = ""


QUICK_REPLIES = (
    QuickReplyData(
        "Appointment moved",
        "Your appointment is moved to [day and time]. If the new time does not suit you, please write to us here.",
    ),
    QuickReplyData(
        "Document is ready",
        "Your document is ready at the front desk, in an envelope with your name. Please bring an identity card.",
    ),
    QuickReplyData(
        "Entrance without stairs",
        "The side entrance on Mill Lane has a ramp and a wide door. Ring the bell on the left and one of us comes out.",
    ),
    QuickReplyData(
        "Entrada sem escadas",
        "A entrada lateral em Mill Lane tem uma rampa e uma porta larga. Toque à campainha da esquerda e alguém vai ter consigo.",
        language="pt",
    ),
    QuickReplyData(
        "We need a form",
        "For this we need the form [name of the form]. You find it under “Forms” in the portal; a printed one is at the front desk.",
        role="admin",
    ),
    QuickReplyData(
        "Parking",
        "Parking is free for patients for two hours. Please bring the parking card to the desk for a stamp.",
        role="admin",
    ),
    QuickReplyData(
        "Ask the front desk",
        "The front desk can help you faster with this: please choose “Front desk” under “New message”.",
        role="doctor",
    ),
    QuickReplyData(
        "Certificate",
        "The certificate for [name of the club or school] is ready. Ruth has it at the front desk.",
        owner="doctor",
    ),
)
