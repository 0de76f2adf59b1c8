"""Invented people. Those in ACCOUNTS and COLLEAGUES can sign in; the others are there to be written to."""

from dataclasses import dataclass

PASSWORD = "messages-demo"  # noqa: S105
ACCOUNTS = ("patient", "patient2", "doctor", "doctor2", "admin")
#: The second person at the front desk, by clinic: to see a team at work, two must be signed in.
COLLEAGUES = {"riverside": "bielski", "hillside": "castillo"}


@dataclass(frozen=True)
class PersonData:
    """A person: `first` and `last` name, the `role` in Messages, and the description shown next to it."""

    username: str
    first: str
    last: str
    role: str
    description: str
    title: str = ""


def doctor(username: str, first: str, last: str, description: str) -> PersonData:
    return PersonData(username, first, last, "doctor", description, title="Dr")


def staff(username: str, first: str, last: str, description: str) -> PersonData:
    return PersonData(username, first, last, "admin", description)


def patient(username: str, first: str, last: str, number: int) -> PersonData:
    return PersonData(username, first, last, "patient", f"no. {number}")


@dataclass(frozen=True)
class TeamData:
    """A team, with the user names of its members."""

    name: str
    description: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class AbsenceData:
    """Who is away, by days from today, and whom to write to instead: a user name, or the name of a team."""

    username: str
    first_day: int
    until: int
    instead: str


#: Patients who write to Dr Chua are led to the front desk, because Dr Marín is away too.
RIVERSIDE_ABSENCES = (
    AbsenceData("chua", -1, 5, "marin"),
    AbsenceData("marin", -2, 3, "Front desk"),
    AbsenceData("doctor2", 21, 35, "doctor"),
)

RIVERSIDE_TEAMS = (
    TeamData("Front desk", "Appointments, forms, bills", ("admin", "bielski", "raman")),
    TeamData("Letters and referrals", "Letters for schools, clubs and other doctors", ("doctor", "haddad")),
    TeamData("Medical records", "Copies of your records", ("raman",)),
)

HILLSIDE_TEAMS = (TeamData("Reception", "Appointments, addresses, lost things", ("admin", "castillo")),)

RIVERSIDE = (
    doctor("doctor", "Amara", "Okafor", "Family medicine"),
    doctor("doctor2", "Henrik", "Solberg", "Physiotherapy"),
    staff("admin", "Ruth", "Adeyemi", "Front desk"),
    doctor("chua", "Wei-Ling", "Chua", "Eye care"),
    doctor("haddad", "Elias", "Haddad", "Internal medicine"),
    doctor("marin", "Lucía", "Marín", "Dermatology"),
    doctor("koval", "Олена", "Коваль", "Hearing care"),
    staff("bielski", "Tomasz", "Bielski", "Billing"),
    staff("raman", "Priya", "Raman", "Medical records"),
    patient("patient", "Maya", "Ferreira", 20444),
    patient("patient2", "Joana", "Lopes", 20481),
    patient("nasser", "Samir", "Nasser", 18822),
    patient("brandt", "Edith", "Brandt", 20107),
    patient("takahashi", "Keanu", "Takahashi", 19340),
    patient("yamamoto", "葵", "山本", 20513),
    patient("hossain", "Rafiq", "Hossain", 19977),
    patient("nowak", "Zofia", "Nowak", 20236),
    patient("oduya", "Daniel", "Oduya", 17450),
    patient("lindqvist", "Astrid", "Lindqvist", 20018),
    patient("mendoza", "Carmen", "Mendoza", 19205),
    patient("petrov", "Ivan", "Petrov", 18367),
    patient("kaplan", "Leah", "Kaplan", 20399),
    patient("tran", "Minh", "Tran", 20150),
    patient("achebe", "Ngozi", "Achebe", 19688),
    patient("rossi", "Paolo", "Rossi", 18901),
    patient("walker", "June", "Walker", 16233),
    patient("silva", "Tiago", "Silva", 20277),
    patient("murphy", "Aoife", "Murphy", 19514),
    patient("khan", "Bilal", "Khan", 20065),
    patient("dubois", "Claire", "Dubois", 19833),
    patient("jansen", "Pieter", "Jansen", 17998),
    patient("osei", "Kwame", "Osei", 20342),
    patient("ahmadi", "لیلا", "احمدی", 20508),
    patient("clark", "Walter", "Clark", 15872),
    patient("novak", "Jana", "Nováková", 20190),
    patient("reyes", "Miguel", "Reyes", 20421),
    patient("berg", "Sigrid", "Berg", 19076),
)

HILLSIDE = (
    doctor("doctor", "Naledi", "Mokoena", "Pediatrics"),
    doctor("doctor2", "Jonas", "Weber", "Orthopedics"),
    staff("admin", "Grace", "Thornton", "Reception"),
    doctor("iyer", "Kavya", "Iyer", "Family medicine"),
    staff("castillo", "Andrés", "Castillo", "Appointments"),
    patient("patient", "Liam", "Doherty", 3051),
    patient("patient2", "Aisha", "Rahman", 3174),
    patient("ito", "健", "伊藤", 3208),
)

LAKESIDE = (
    doctor("doctor", "Sofia", "Andersson", "Family medicine"),
    doctor("doctor2", "Marcus", "Bell", "Cardiology"),
    staff("admin", "Helen", "Park", "Front desk"),
    patient("patient", "Noah", "Whitfield", 811),
    patient("patient2", "Inês", "Carvalho", 826),
)
