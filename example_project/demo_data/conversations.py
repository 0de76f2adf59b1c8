# ruff: noqa: E501
"""Invented conversations about everyday matters, nothing clinical. Times count back from the day of filling."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class DemoMessage:
    """One message: who sent it, and when.

    It was sent `days` ago at the time `clock`, such as "09:40". Without a clock it was sent `minutes` ago.
    """

    sender: str
    days: int
    clock: str
    text: str
    minutes: int = 0

    def sent_at(self, now: datetime) -> datetime:
        """Return when the message was sent, in the time zone of the portal."""
        if not self.clock:
            return now - timedelta(minutes=self.minutes)
        day = timezone.localtime(now).date() - timedelta(days=self.days)
        return timezone.make_aware(datetime.combine(day, time.fromisoformat(self.clock)))


@dataclass(frozen=True)
class DemoConversation:
    """A conversation of two people, who are given by their user names, or of a person and a team.

    `team` is the name of that team. All but the sender of the first message write for it. `taken_by` is the
    member who has taken the conversation.

    The people in `unread` have not read the last messages of the other person. `closed_by` is who marked that
    no answer is needed. `to` is the recipient of a conversation in which only one person has written.
    """

    messages: tuple[DemoMessage, ...]
    unread: tuple[str, ...] = ()
    closed_by: str = ""
    to: str = ""
    team: str = ""
    taken_by: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        if self.team:
            return (self.messages[0].sender, self.team)
        senders = dict.fromkeys(message.sender for message in self.messages)
        return (*senders, self.to) if self.to else tuple(senders)


def on(days: int, clock: str, sender: str, text: str) -> DemoMessage:
    """Return a message that was sent so many days ago, at this time of day."""
    return DemoMessage(sender, days, clock, text)


def ago(minutes: int, sender: str, text: str) -> DemoMessage:
    """Return a message that was sent so many minutes ago."""
    return DemoMessage(sender, 0, "", text, minutes)


def by_turns(
    first: str, second: str, start: int, texts: tuple[str, ...], *, step: int = 2
) -> tuple[DemoMessage, ...]:
    """Return messages of two people who write by turns, two a day, every `step` days since `start` days ago."""
    return tuple(
        on(
            start - position // 2 * step,
            ("09:12", "15:47")[position % 2],
            (first, second)[position % 2],
            text,
        )
        for position, text in enumerate(texts)
    )


TRAVEL_NOTE = DemoConversation(
    (
        on(5, "09:40", "patient", "Good morning Dr Okafor, our sailing club asks each family for a copy of the "
           "vaccination record before the summer camp. Could I have one for my son, with a short covering note?"),
        on(3, "14:32", "doctor", "Hello Maya, that is easily done. Would you tell me the name of the club? Then I can "
           "add it to the covering note."),
        on(3, "16:05", "patient", "Thank you. It is the Clube Náutico do Tejo, and English is fine for them. I asked "
           "this morning."),
        ago(9, "doctor", "Perfect. The record and the covering note are ready. Both are with Ruth at the front desk, in "
            "an envelope with your name."),
        ago(4, "doctor", "One small thing: please check your son’s second name on the sheet before you leave. Ruth can "
            "reprint it on the spot."),
    ),
    unread=("patient",),
)  # fmt: skip

LONG_CONVERSATION_TEXTS = (
    "Hello, I would like to move my appointment of the 14th, is there something in the late afternoon?",
    "Hello Ms Ferreira, the 15th at 4:30 PM is free. Shall I put you down for it?",
    "Yes please, that is perfect.",
    "Done. You will get the usual reminder the day before.",
    "One question: the reminder went to my old phone number last time. Can you see which one you have?",
    "We have a number ending in 19. Is that the old one?",
    "That is the old one. The new one ends in 74, I will bring the rest of it in person.",
    "Good idea. Just ask for me at the front desk.",
    "I was there today but you were at lunch, your colleague took the number down 🙂",
    "She told me, and it is in our system now. Thank you for coming by.",
    "Does the clinic have a place where I can leave a stroller?",
    "Yes, there is a dry corner behind the elevators. It is not locked, so please take bags with you.",
    "And is the side entrance on Mill Lane open in the evening?",
    "Until 6 PM from Monday to Thursday, until 4 PM on Friday. The bell on the left calls us.",
    "Thank you, that helps. Is parking free for patients?",
    "For two hours. Please bring the parking card to the desk for a stamp.",
    "I forgot the stamp and the machine wanted 6 dollars. Can that be paid back?",
    "Yes. Bring the receipt, billing pays it back in cash. Tomasz Bielski is there until 3 PM.",
    "That went very quickly, please thank Tomasz.",
    "I will, he will be glad to hear it.",
    "Our family name is spelled Fereira on the letter from Tuesday, with one r.",
    "I am sorry about that. I have corrected it, and a new letter goes out today.",
    "The new letter came and is right. Thank you.",
    "Good to hear.",
    "Could I get the forms for the school in Portuguese as well?",
    "We have them in Portuguese, Spanish and English. I have put a set aside for you.",
    "Obrigada! I will come by on Thursday.",
    "They are in an envelope with your name, in the tray beside the window.",
    "I have them. One page is missing: page 3 of the Portuguese one.",
    "You are right, our copy has the same gap. I am printing it again.",
    "No hurry, school only wants it next month.",
    "It is ready now, all four pages, I counted them twice.",
    "😄 Thank you Ruth.",
    "You are welcome.",
    "Are you open on the Friday after Thanksgiving?",
    "We are closed on that Friday and back on Monday at 8 AM.",
    "And whom can I ask about an invoice from October?",
    "Tomasz Bielski in billing. You can write to him here too, he answers quickly.",
    "I have just done that.",
    "He has told me. Is there anything else I can do?",
    "Only one thing: my mother will come along next time and she hears badly. Can somebody meet us at the door?",
    "Of course. Ring the bell at the main entrance, and one of us comes out.",
    "That is very kind.",
    "Please tell us the day before, so that whoever is at the desk knows.",
    "I will. Is a Wednesday better or a Thursday?",
    "Wednesday is calmer, above all before 10 AM.",
    "Then we choose a Wednesday.",
    "Very good. Your next one is on a Wednesday at 9 AM, so that fits already.",
    "What a coincidence. Then we keep it.",
    "Noted: two people, meet them at the door.",
    "Is the garden path open again? My mother does not like the steps.",
    "Since Monday. It is level all the way, and lit.",
    "Wonderful. And a taxi may wait there?",
    "Yes, in the bay beside the bicycle stand, up to 15 minutes.",
)

FRONT_DESK = DemoConversation(
    (
        *by_turns("patient", "admin", 84, LONG_CONVERSATION_TEXTS, step=3),
        ago(240, "patient", "Good morning, the gate at the parking area does not open today. Is there another way in for "
            "a wheelchair?"),
        ago(120, "admin", "The side entrance on Mill Lane has a ramp, and the gate will be repaired this afternoon. Ring "
            "the bell on the left and we come out."),
    ),
    unread=("patient",),
)  # fmt: skip

RIVERSIDE_PATIENT = (
    FRONT_DESK,
    TRAVEL_NOTE,
    DemoConversation((
        on(2, "10:05", "patient", "Hello Dr Solberg, I have lost the sheet with the exercises. Could you send me the "
           "title so that I can print it again?"),
        on(1, "17:20", "doctor2", "Hello Maya, I have left a new sheet at the front desk, this time with the drawings. "
           "Page 2 is the one that you asked about last time."),
    )),
    DemoConversation((
        on(6, "11:15", "patient", "Hello Mr Bielski, the invoice of October lists two visits, but I was there once."),
        on(4, "09:50", "bielski", "Hello Ms Ferreira, you are right, one of them belongs to another appointment that "
           "was moved. I have sent you a corrected invoice by mail. You do not need to pay the first one."),
        on(4, "12:31", "patient", "That is clear now, thank you for looking into it."),
    ), closed_by="bielski"),
    DemoConversation((
        on(11, "08:55", "patient", "Good morning Dr Chua, my glasses were stolen on the train. May I have a copy of the "
           "prescription for the optician?"),
        on(10, "13:40", "chua", "The copy of your glasses prescription is in your documents, and a printed one is with "
           "Ruth. I hope that the train gives them back."),
    )),
    DemoConversation((
        on(20, "15:00", "marin", "Hello Maya, for the visit on the 5th please bring the cream that you use now, so that "
           "we write down the right name."),
        on(19, "18:22", "patient", "Wonderful, I will bring the old tube along."),
    ), closed_by="marin"),
    DemoConversation((
        on(33, "10:10", "patient", "We have moved to Orchard Road 12. Do you need anything from me to change it?"),
        on(32, "11:02", "raman", "Your address is updated in all our letters and in the pharmacy’s list. Nothing more is "
           "needed, welcome to the neighborhood."),
    )),
    DemoConversation((
        on(41, "09:00", "koval", "Добрий день! The family evening about hearing aids is on the first Tuesday of next "
           "month at 6 PM, in the library on the first floor. You are welcome to bring your mother."),
        on(40, "20:15", "patient", "Дуже дякую, we will be there, both of us."),
    ), closed_by="koval"),
)  # fmt: skip

RIVERSIDE_STAFF = (
    DemoConversation((
        on(4, "15:10", "patient2", "Hello, my father will come with me next time and he uses a wheelchair. Which "
           "entrance is the easiest for us?"),
        on(4, "16:25", "admin", "Hello Ms Lopes, the side entrance on Mill Lane is the best one. It has a ramp and a "
           "wide door, and the bell on the left calls the front desk."),
        on(1, "11:48", "patient2", "That sounds good, thank you. Is the ramp on Mill Lane open on Friday as well? And "
           "is there a place nearby where a taxi can wait for a few minutes?"),
    )),
    DemoConversation((
        on(1, "13:05", "nasser", "Could you send the invoice to my new address? It is Station Road 8, second floor."),
    ), to="admin"),
    DemoConversation((
        on(2, "09:30", "brandt", "Do I need to bring the yellow card again?"),
        on(1, "10:00", "admin", "No, we have a copy of it. Your ID is enough."),
        ago(180, "brandt", "Thank you, and one more question: may my neighbor collect the letter for me?"),
    ), unread=("admin",)),
    DemoConversation((
        ago(25, "takahashi", "I cannot find the letter with the new date, was it sent already?"),
        ago(18, "takahashi", "I found the letter, it was in the blue envelope. Sorry for the trouble."),
    ), unread=("admin",), to="admin"),
    # For somebody who is away.
    DemoConversation((
        on(1, "15:45", "kaplan", "Could you tell the optician which frame sizes the lenses are made for?"),
    ), unread=("chua",), to="chua"),
    DemoConversation((
        on(3, "08:20", "doctor", "Good morning Ruth, could you put an envelope for Maya Ferreira in the tray?"),
        on(3, "08:31", "admin", "It is there, in the second tray from the left."),
        ago(15, "doctor", "Thank you. The record is in it now, she may come this week."),
    ), unread=("admin",)),
    DemoConversation((
        on(6, "12:00", "doctor2", "Amara, may I swap rooms with you on Thursday afternoon? I need the wide door."),
        on(6, "12:20", "doctor", "Of course, room 4 is yours. I am in 6 then."),
        on(5, "09:00", "doctor2", "Thank you 🙏"),
    ), unread=("doctor",)),
    DemoConversation((
        on(2, "14:00", "yamamoto", "こんにちは。英語があまり得意ではありません。予約の日に通訳をお願いできますか。"),
        on(1, "09:45", "admin", "こんにちは、山本さん。 Yes: an interpreter is booked for your appointment. She will "
           "meet you at the front desk ten minutes before."),
        on(1, "10:02", "yamamoto", "ありがとうございます！"),
    ), closed_by="admin"),
    DemoConversation((
        on(9, "16:00", "ahmadi", "سلام، آیا می‌توانم فرم‌ها را به فارسی دریافت کنم؟"),
        on(8, "10:30", "admin", "Hello Ms Ahmadi, yes, a set of the forms in Persian is ready for you at the front desk."),
    )),
    DemoConversation((
        on(7, "10:00", "patient2", "Hello Dr Okafor, the pharmacy asks for your telephone number, which one may I give "
           "them?"),
        on(7, "17:30", "doctor", "Please give them 555-0100, the front desk puts them through to me."),
        on(6, "08:10", "patient2", "Thank you!"),
    ), closed_by="doctor"),
)  # fmt: skip

QUESTIONS = (
    ("Could I have a receipt for the visit on Monday?", "Of course, it is on its way to you by mail."),
    ("Is it possible to come half an hour earlier?", "Yes, 9 AM is free. I have changed it."),
    (
        "Do you still have my insurance card? I think I left it at the desk.",
        "It is here, safe in the drawer.",
    ),
    ("My new phone number is in the form that I left today.", "Thank you, it is noted."),
    (
        "Where do I find the bus timetable for Mill Lane?",
        "On the board beside the door, and at the bus company.",
    ),
    ("May I bring my dog into the waiting room?", "Guide dogs always. Others may wait at the side entrance."),
    ("Does somebody at the clinic speak Spanish?", "Yes, Dr Marín does, and Carla at the desk on Tuesdays."),
)
WRITERS = (
    "hossain", "nowak", "oduya", "lindqvist", "mendoza", "petrov", "kaplan", "tran", "achebe", "rossi", "walker",
    "silva", "murphy", "khan", "dubois", "jansen", "osei", "clark", "novak", "reyes", "berg",
)  # fmt: skip


def questions_to_the_desk() -> Iterator[DemoConversation]:
    """Return a short conversation for each writer, so that the front desk has more than one page."""
    for position, writer in enumerate(WRITERS):
        question, answer = QUESTIONS[position % len(QUESTIONS)]
        day = 12 + 2 * position
        yield DemoConversation((on(day, "10:24", writer, question), on(day, "15:06", "admin", answer)))


RIVERSIDE_TEAMS = (
    DemoConversation((
        on(3, "08:05", "patient2", "Good morning, I have to move my appointment of Thursday. Is there something in the "
           "early evening next week?"),
        on(3, "08:40", "admin", "Good morning Ms Lopes, Tuesday at 5:30 PM is free. Shall I put you down for it?"),
        on(3, "12:15", "patient2", "Yes please. And can I pay the invoice of October at the desk then?"),
        on(3, "13:02", "bielski", "You can, by card or in cash. I have put a copy of it with your papers."),
        on(1, "17:20", "patient2", "Thank you both. One more thing: which form do I need for my employer?"),
    ), team="Front desk"),
    DemoConversation((
        on(2, "10:10", "takahashi", "Is the elevator working again? I come with crutches on Monday."),
    ), unread=("Front desk",), team="Front desk"),
    DemoConversation((
        on(6, "09:15", "oduya", "Where do I hand in the signed consent form?"),
        on(6, "09:33", "admin", "At the front desk, or in the box on the left of the main entrance."),
        on(6, "10:01", "oduya", "Done, thank you."),
    ), closed_by="admin", team="Front desk"),
    DemoConversation((
        on(2, "16:12", "nowak", "Hello, the invoice no. 2217 has the name of my husband on it. Can you change that? The "
           "insurance sends it back."),
        on(1, "08:15", "bielski", "Good morning Ms Nowak, I am sorry. I need a copy of the letter of your insurance for "
           "that, can you bring it along?"),
        on(1, "12:40", "nowak", "I am at work until six every day. May my husband bring it, and is somebody there on "
           "Saturday?"),
    ), taken_by="bielski", team="Front desk"),
    DemoConversation((
        on(5, "07:52", "hossain", "Which bus stops nearest to you now that River Street is closed?"),
        on(5, "08:20", "raman", "Good morning Mr Hossain, line 14 stops at the library, it is four minutes on foot from "
           "there. The path is level."),
        on(5, "08:26", "hossain", "Perfect, thank you!"),
        on(5, "08:31", "admin", "And please use the side entrance on Mill Lane while the street is closed."),
    ), team="Front desk"),
    DemoConversation((
        ago(95, "mendoza", "I left a grey umbrella in the waiting room this morning, next to the fish tank. Have you "
            "found it?"),
    ), unread=("Front desk",), team="Front desk"),
    DemoConversation((
        on(8, "14:00", "lindqvist", "Can I send you the questionnaire as a photo, or do you need the paper?"),
        on(8, "14:25", "admin", "We need the paper with your signature. A stamped envelope is on its way to you, so that "
           "you need not come for it."),
        on(4, "09:05", "bielski", "The questionnaire has arrived, everything is complete."),
        on(4, "18:30", "lindqvist", "How kind, thank you."),
    ), closed_by="bielski", team="Front desk"),
    DemoConversation((
        on(1, "14:20", "patient", "Is the letter for the sailing club ready to be collected?"),
        on(1, "15:45", "doctor", "Yes, it is in the folder at the front desk, with your name on it."),
    ), unread=("patient",), team="Letters and referrals"),
    DemoConversation((
        on(3, "10:40", "kaplan", "The school asks for a letter that my daughter may carry her own inhaler bag on the trip. "
           "Which of you writes it?"),
        on(2, "12:05", "haddad", "I do, Ms Kaplan. Until when do you need it?"),
        on(2, "19:18", "kaplan", "The bus leaves on the 12th, so by the 10th please."),
    ), taken_by="haddad", team="Letters and referrals"),
    DemoConversation((
        on(4, "11:30", "khan", "Could I have a copy of my records for the new address?"),
        on(3, "09:20", "raman", "Of course. Please bring your ID, and we print it while you wait."),
    ), team="Medical records"),
)  # fmt: skip

RIVERSIDE = (*RIVERSIDE_PATIENT, *RIVERSIDE_TEAMS, *RIVERSIDE_STAFF, *questions_to_the_desk())

HILLSIDE = (
    DemoConversation((
        on(3, "09:00", "patient", "Good morning, is the reading corner open on Saturdays too?"),
        on(3, "09:40", "admin", "Good morning Mr Doherty, yes, from 9 AM until noon."),
        ago(50, "admin", "And a new box of books has just come in."),
    ), unread=("patient",)),
    DemoConversation((
        on(8, "13:00", "patient", "Dr Mokoena, the kindergarten needs a note with your stamp on it. When may I come?"),
        on(7, "08:30", "doctor", "Any morning before 11, ask for it at reception. It is already signed."),
        on(7, "08:59", "patient", "That was quick, thank you."),
    ), closed_by="doctor"),
    DemoConversation((
        on(1, "15:30", "patient2", "Hello Dr Weber, I have the crutches of my brother here. May I give them back?"),
    ), unread=("doctor2",), to="doctor2"),
    DemoConversation((
        on(2, "10:00", "ito", "予約を来週に変更できますか。"),
        on(2, "11:20", "admin", "伊藤さん, next Tuesday at 10 AM is free. I have put you down for it."),
    )),
    DemoConversation((
        on(4, "09:10", "patient", "Hello, we moved to the other side of the hill. Which of you changes the address?"),
        on(4, "09:32", "castillo", "I have changed it, Mr Doherty. The letter of last week went to the old address, I am "
           "sending it again."),
        on(4, "20:04", "patient", "Thanks a lot!"),
        on(1, "08:02", "admin", "It came back to us yesterday, so it is at reception for you."),
    ), unread=("patient",), team="Reception"),
    DemoConversation((
        on(2, "15:55", "patient2", "Do you have a high chair in the waiting room? My son is one year old."),
    ), unread=("Reception",), team="Reception"),
    DemoConversation((
        on(1, "10:48", "ito", "次の予約に英語のわかる友人を連れて行ってもいいですか。"),
    ), taken_by="admin", team="Reception"),
)  # fmt: skip
