# ruff: noqa: E501
"""The three clinics of the demo: addresses, colours, people, texts."""

from dataclasses import dataclass

from . import conversations, people
from .people import AbsenceData


@dataclass(frozen=True)
class ClinicData:
    """What a clinic of the demo is filled with."""

    schema: str
    name: str
    brand: str
    teams: tuple[people.TeamData, ...]
    people: tuple[people.PersonData, ...]
    conversations: tuple[conversations.DemoConversation, ...]
    messages_on: bool
    phone: str
    news_title: str
    news: str
    about: str
    opening_hours: tuple[tuple[str, str], ...]
    weekly_hours: tuple[tuple[range, str, str], ...] = ()
    absences: tuple[AbsenceData, ...] = ()

    @property
    def domain(self) -> str:
        return f"{self.schema}.localhost"


CLINICS = (
    ClinicData(
        schema="riverside",
        name="Riverside Clinic",
        brand="teal",
        people=people.RIVERSIDE,
        conversations=conversations.RIVERSIDE,
        teams=people.RIVERSIDE_TEAMS,
        messages_on=True,
        phone="555-0100",
        news_title="The garden path is open again",
        news="<p>The path between the parking area and the main entrance has been repaved. It is now level, "
        "well lit and wide enough for two wheelchairs side by side.</p>"
        "<p>The side entrance on Mill Lane stays open as well.</p>",
        about="<p>The main entrance is on River Street, opposite the bus stop. The front desk is on your left as "
        "you come in, the elevators are straight ahead.</p><h3>Ground floor</h3><p>Front desk, billing, medical "
        "records, family medicine.</p><h3>First floor</h3><p>Eye care, hearing care, dermatology, "
        "physiotherapy.</p><h3>Side entrance</h3><p>The entrance on Mill Lane has a ramp and a wide door. The "
        "bell on the left calls the front desk.</p>",
        opening_hours=(("Mon to Thu", "8 AM – 6 PM"), ("Friday", "8 AM – 4 PM"), ("Weekend", "Closed")),
        weekly_hours=((range(4), "08:00", "18:00"), (range(4, 5), "08:00", "16:00")),
        absences=people.RIVERSIDE_ABSENCES,
    ),
    ClinicData(
        schema="hillside",
        name="Hillside Clinic",
        brand="plum",
        people=people.HILLSIDE,
        conversations=conversations.HILLSIDE,
        teams=people.HILLSIDE_TEAMS,
        messages_on=True,
        phone="555-0140",
        news_title="A quieter waiting room",
        news="<p>Families with small children now wait in the room beside reception, with books and a corner "
        "to play in. The large waiting room has become a good deal quieter.</p>",
        about="<p>We are on the second floor of the Hill House, above the library. The elevator is to the right "
        "of the stairs; strollers can stay on the ground floor.</p>",
        opening_hours=(("Mon to Fri", "7:30 AM – 5 PM"), ("Saturday", "9 AM – 12 PM"), ("Sunday", "Closed")),
        weekly_hours=((range(5), "07:30", "17:00"), (range(5, 6), "09:00", "12:00")),
    ),
    ClinicData(
        schema="lakeside",
        name="Lakeside Clinic",
        brand="blue",
        people=people.LAKESIDE,
        conversations=(),
        teams=(),
        messages_on=False,
        phone="555-0170",
        news_title="Bicycles and boats",
        news="<p>There is now a covered stand for thirty bicycles at the lake side of the building. Boats still "
        "moor at the public pier.</p>",
        about="<p>From the pier it is two minutes on foot: follow the blue line to the glass door.</p>",
        opening_hours=(("Mon to Fri", "8 AM – 5 PM"), ("Weekend", "Closed")),
    ),
)
