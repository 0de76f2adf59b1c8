"""Absences and opening hours on the pages, without a script."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format

from tests.pages.visitor import NEW, only, page, texts
from vclinic_messages import actions
from vclinic_messages.models import Absence, AuditEvent, Draft, Mailbox, Participant
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages

FORM = "/messages/absence/"
PREVIEW = {"HX-Request": "true", "HX-Target": "vcm-preview"}
FOOT = "p.vcm-sidebar__foot:not(.vcm-sidebar__meanwhile)"


def day(number):
    """Return the day that is so many days from today."""
    return timezone.localdate() + timedelta(days=number)


def away(user, *, until=5, instead=None, first_day=-1):
    return actions.set_absence(
        actor=None,
        who=user,
        first_day=day(first_day),
        until=None if until is None else day(until),
        instead=instead,
    )


def words(tag):
    return " ".join(tag.get_text().split())


@pytest.fixture
def team(admin):
    return create_team("Front desk", admin)


def note(response):
    return words(only(response, "#vcm-now"))


def shown(moment):
    return date_format(moment, "F j" if moment.year == day(0).year else "DATE_FORMAT")


def test_the_note_is_there_before_anything_is_typed(visit, address, conversation, patient, doctor, team):
    away(doctor, instead=team)
    response = visit(patient).get(address)
    assert note(response) == (
        f"Amara Okafor is away until {shown(day(5))}. Your message will be read then. "
        "For something sooner: Write to Front desk"
    )
    assert "Away until" in words(only(response, ".vcm-header__role .vcm-chip"))
    assert "vcm-now" in only(response, "#vcm-body")["aria-describedby"].split()
    assert visit(patient).post(address, {"body": "Hello"}).status_code == 302


def test_nobody_knows_when(visit, address, conversation, patient, doctor):
    away(doctor, until=None)
    response = visit(patient).get(address)
    assert note(response) == "Amara Okafor is away. Your message will be read later."
    assert words(only(response, ".vcm-header__role .vcm-chip")) == "Away"


def test_nothing_is_said_before_and_after(visit, address, conversation, patient, doctor):
    away(doctor, first_day=1, until=3)
    assert page(visit(patient).get(address)).select("#vcm-now, .vcm-chip--away") == []
    Absence.objects.update(first_day=day(-3), until=day(0))
    assert page(visit(patient).get(address)).select("#vcm-now, .vcm-chip--away") == []


def test_the_picker_says_who_is_away(visit, patient, doctor, doctor2, team):
    away(doctor, instead=team)
    response = visit(patient).get(f"{NEW}?recipient={doctor.pk}")
    chips = [words(each.find_parent("label")) for each in page(response).select("label .vcm-chip")]
    assert len(chips) == 1
    assert "Amara Okafor" in chips[0]
    assert "Write to Front desk" in note(response)
    assert f"Amara Okafor is away until {shown(day(5))}." in only(response, "#vcm-said")["data-said"].replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_a_circle_ends_at_the_phone(visit, address, conversation, patient, doctor, doctor2):
    away(doctor, instead=doctor2)
    away(doctor2, instead=doctor)
    response = visit(patient).get(address)
    assert "For something sooner, call the clinic on 555-0100." in note(response)
    assert page(response).select("button[name=instead]") == []


def test_the_text_goes_along_to_a_new_message(visit, address, conversation, patient, doctor, team):
    away(doctor, instead=team)
    visitor = visit(patient)
    opened = visitor.get(address)
    button = only(opened, "button[name=instead]")
    found = only(opened, "#vcm-composer")
    typed = {each["name"]: each.get("value", "") for each in found.select("input[name]")}
    response = visitor.post(button["formaction"], {**typed, "body": "Soon?", "instead": button["value"]})
    assert only(response, "#vcm-body").get_text().strip() == "Soon?"
    assert "Text brought along from Amara Okafor" in words(only(response, "#vcm-restored"))
    chosen = [each["value"] for each in page(response).select("input[name=recipient][checked]")]
    assert chosen == [recipient_id(team.pk)]
    assert Draft.objects.exclude(body="").get().recipient.team_id == team.pk
    address_now = urlsplit(response.headers["HX-Push-Url"])
    assert parse_qs(address_now.query)["recipient"] == [recipient_id(team.pk)]
    row = only(visitor.get("/messages/"), "a.vcm-row[href*='/new/']")
    for later in (response.headers["HX-Push-Url"], row["href"]):
        reloaded = visitor.get(later)
        assert only(reloaded, "#vcm-body").get_text().strip() == "Soon?"
        assert only(reloaded, "#vcm-restored [name=back]")["value"] == str(conversation.pk)
    back = visitor.press(response, "#vcm-composer", {"back": str(conversation.pk)}, body="Soon?")
    assert back.headers["Location"] == address
    draft = Draft.objects.exclude(body="").get()
    assert (draft.conversation_id, draft.body) == (conversation.pk, "Soon?")


def test_the_text_goes_along_to_the_conversation_that_there_is(
    visit, address, conversation, patient, doctor, team
):
    existing = create_conversation(patient, team, "Earlier")
    away(doctor, instead=team)
    path = f"{NEW}?origin={conversation.pk}"
    data = {"body": "Soon?", "draft": "0", "instead": recipient_id(team.pk)}
    visitor = visit(patient)
    response = visitor.post(path, data)
    assert words(only(response, "#vcm-heading")) == "Front desk"
    assert only(response, "#vcm-body").get_text().strip() == "Soon?"
    assert response.headers["HX-Push-Url"] == f"/messages/{existing.pk}/"
    assert Draft.objects.exclude(body="").get().conversation_id == existing.pk
    button = only(response, "#vcm-restored [name=back]")
    typed = {
        each["name"]: each.get("value", "") for each in page(response).select("#vcm-composer input[name]")
    }
    back = visitor.post(button["formaction"], {**typed, "body": "Soon?", "back": button["value"]})
    assert back.headers["Location"] == address
    assert Draft.objects.exclude(body="").get().conversation_id == conversation.pk


def test_a_draft_that_is_there_is_not_overwritten(visit, conversation, patient, doctor, team):
    visitor = visit(patient)
    to = recipient_id(team.pk)
    visitor.post(NEW, {"action": "save", "body": "Other", "recipient": to, "draft": "0"})
    away(doctor, instead=team)
    response = visitor.post(f"{NEW}?origin={conversation.pk}", {"body": "Soon?", "draft": "0", "instead": to})
    assert only(response, "#vcm-body").get_text().strip() == "Soon?"
    assert "Other" in words(only(response, "#vcm-newer-draft"))
    assert Draft.objects.exclude(body="").get().body == "Other"
    back = visitor.press(response, "#vcm-composer", {"back": str(conversation.pk)})
    assert words(only(back, "#vcm-heading")) == "Amara Okafor"
    assert only(back, "#vcm-body").get_text().strip() == "Soon?"
    assert Draft.objects.exclude(body="").get().body == "Other"


def test_the_chosen_recipient_is_changed_with_the_text(visit, patient, doctor, team):
    away(doctor, instead=team)
    data = {"body": "Soon?", "recipient": str(doctor.pk), "instead": recipient_id(team.pk)}
    response = visit(patient).post(NEW, data)
    chosen = [each["value"] for each in page(response).select("input[name=recipient][checked]")]
    assert chosen == [recipient_id(team.pk)]
    assert only(response, "#vcm-body").get_text().strip() == "Soon?"


def test_a_foreign_origin_says_nothing(visit, address, conversation, patient2, doctor, team):
    response = visit(patient2).post(
        f"{NEW}?origin={conversation.pk}", {"body": "Soon?", "instead": recipient_id(team.pk)}
    )
    assert response.status_code == 200
    assert "brought along" not in words(only(response, "#vcm-restored"))
    assert only(response, "#vcm-body").get_text().strip() == "Soon?"


def test_colleagues_are_told_before_they_hand_over(visit, patient, admin, doctor2):
    asked = create_conversation(patient, create_team("Front desk", admin, doctor2), "Hello")
    away(doctor2)
    offered = only(visit(admin).get(f"/messages/{asked.pk}/assign/"), "#vcm-hand-over")
    chips = [words(each.find_parent("label")) for each in offered.select(".vcm-chip")]
    assert len(chips) == 1
    assert "Henrik Solberg" in chips[0]


# The own absence


def test_staff_plan_change_and_end_their_absence(visit, doctor, team, conversation):
    visitor = visit(doctor)
    assert "Patients can write to you" in words(only(visitor.get("/messages/"), FOOT))
    opened = visitor.get(FORM)
    assert only(opened, "[name=first_day]")["value"] == day(0).isoformat()
    data = {"first_day": day(0), "until": day(4), "instead": recipient_id(team.pk)}
    saved = visitor.post(FORM, data)
    assert saved.headers["Location"] == "/messages/?absence=saved"
    shown = visitor.get(saved.headers["Location"])
    assert only(shown, "#vcm-status")["data-said"] == "Your absence is saved."
    assert only(shown, f"{FOOT} a").has_attr("autofocus")
    assert not only(visitor.get("/messages/"), f"{FOOT} a").has_attr("autofocus")
    absence = Absence.objects.get()
    assert (absence.first_day, absence.until, absence.instead.team_id) == (day(0), day(4), team.pk)
    assert absence.set_by == "Amara Okafor"
    assert "You are away until" in words(only(visitor.get("/messages/"), FOOT))
    again = visitor.get(FORM)
    assert only(again, "[name=until]")["value"] == day(4).isoformat()
    assert only(again, "option[selected]")["value"] == recipient_id(team.pk)
    assert "Write to Front desk" in words(only(again, "#vcm-preview"))
    ended = visitor.get(visitor.post(FORM, {"action": "end"}).headers["Location"])
    assert only(ended, "#vcm-status")["data-said"] == "Your absence has ended."
    assert "Patients can write to you" in words(only(ended, FOOT))


def test_a_planned_absence_is_said_to_oneself_only(visit, doctor, patient, conversation, address):
    away(doctor, first_day=3, until=5)
    foot = only(visit(doctor).get("/messages/"), FOOT)
    assert "You are away from" in words(foot)
    assert [part.name for part in foot.find_all(recursive=False)] == ["span", "a"], "text and day as one"
    assert page(visit(patient).get(address)).select("#vcm-now") == []


@pytest.mark.parametrize(
    ("first_day", "until", "said"),
    [
        (3, 3, "The first day back must come after the first day away."),
        (-5, -1, "This absence is in the past."),
        (-5, 0, "This absence is in the past."),
    ],
)
def test_days_that_cannot_be_are_refused(visit, doctor, first_day, until, said):
    response = visit(doctor).post(FORM, {"first_day": day(first_day), "until": day(until), "instead": ""})
    assert response.status_code == 400
    assert texts(response, ".vcm-form__error") == [said]
    assert only(response, "#vcm-until")["aria-invalid"] == "true"
    assert not Absence.objects.exists()


@pytest.mark.parametrize("field", ["first_day", "until"])
def test_a_day_that_cannot_be_read_is_refused(visit, doctor, field):
    response = visit(doctor).post(FORM, {"first_day": day(1), "until": day(2), field: "soon"})
    assert response.status_code == 400
    assert len(texts(response, ".vcm-form__error")) == 1
    assert not Absence.objects.exists()


def test_a_patient_cannot_be_named(visit, doctor, patient):
    response = visit(doctor).post(FORM, {"first_day": day(0), "until": day(2), "instead": str(patient.pk)})
    assert response.status_code == 400
    assert not Absence.objects.exists()


def test_the_preview_follows_the_form(visit, doctor, team):
    response = visit(doctor).post(
        FORM,
        {"first_day": day(0), "until": day(400), "instead": recipient_id(team.pk)},
        headers={"HX-Request": "true", "HX-Target": "vcm-preview"},
    )
    assert shown(day(400)) in words(only(response, "#vcm-preview"))
    assert "Write to Front desk" in words(only(response, "#vcm-preview"))
    assert not Absence.objects.exists()


def test_the_preview_reads_nobody_but_who_is_chosen(visit, doctor, doctor2):
    for _each in range(30):
        create_member("doctor")
    visitor, rows = visit(doctor), []

    def count(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        rows.append(context["cursor"].rowcount)
        return result

    values = {"first_day": day(0), "until": day(9), "instead": str(doctor2.pk)}
    with connection.execute_wrapper(count):
        shown = visitor.post(FORM, values, headers=PREVIEW)
    assert "Write to Henrik Solberg" in words(only(shown, "#vcm-preview"))
    assert max(rows) < 10


def test_a_patient_is_named_in_no_preview(visit, doctor, patient):
    values = {"first_day": day(0), "until": day(9), "instead": str(patient.pk)}
    response = visit(doctor).post(FORM, values, headers=PREVIEW)
    assert "Write to" not in words(only(response, "#vcm-preview"))


def test_the_preview_names_the_next_if_who_is_chosen_is_away_by_then(visit, doctor, doctor2, team):
    away(doctor2, instead=team)

    def previewed(first_day):
        values = {"first_day": day(first_day), "until": day(9), "instead": str(doctor2.pk)}
        headers = {"HX-Request": "true", "HX-Target": "vcm-preview"}
        return words(only(visit(doctor).post(FORM, values, headers=headers), "#vcm-preview"))

    assert "Write to Front desk" in previewed(0)
    assert "Write to Henrik Solberg" in previewed(5)
    away(doctor2, instead=doctor)
    assert "Write to" not in previewed(0)
    assert "For something sooner, call the clinic on 555-0100." in previewed(0)


def test_the_list_of_covers_says_who_is_away(visit, doctor, doctor2, team):
    away(team, until=None)
    away(doctor2, until=400)
    form = page(visit(doctor).get(FORM))
    found = [" ".join(option.get_text().split()) for option in form.select("#vcm-instead option")]
    assert "Front desk · Away" in found
    assert [text for text in found if text.startswith("Henrik Solberg") and "· Away until" in text] != []
    assert len([text for text in found if "Away" in text]) == 2


def test_patients_have_no_such_page(visit, patient, conversation):
    visitor = visit(patient)
    assert visitor.get(FORM).status_code == 404
    assert visitor.post(FORM, {"first_day": day(0), "until": day(2)}).status_code == 404
    assert page(visitor.get("/messages/")).select(FOOT) == []
    assert not Absence.objects.exists()


def test_while_messages_is_off_nothing_is_set(visit, doctor):
    switch_messages(False)
    assert visit(doctor).post(FORM, {"first_day": day(0), "until": day(2)}).status_code == 404
    assert not Absence.objects.exists()


def test_who_is_back_sees_what_came_meanwhile(visit, doctor, conversation):
    mailbox = Mailbox.objects.get(user=doctor)
    Participant.objects.filter(mailbox=mailbox).update(waiting_since=timezone.now() - timedelta(days=2))
    Absence.objects.create(mailbox=mailbox, first_day=day(-3), until=day(0), set_by="")
    response = visit(doctor).get("/messages/")
    assert words(only(response, ".vcm-sidebar__meanwhile")) == "1 conversation waits since you were away"
    Absence.objects.update(first_day=day(-30), until=day(-20))
    assert page(visit(doctor).get("/messages/")).select(".vcm-sidebar__meanwhile") == []


@pytest.mark.parametrize("first_day", [-3, 0])
def test_what_came_until_an_absence_was_ended_early_is_kept(visit, doctor, conversation, first_day):
    absence = away(doctor, first_day=first_day, until=20)
    mailbox = absence.mailbox
    since = timezone.now() - timedelta(seconds=1)
    Participant.objects.filter(mailbox=mailbox).update(waiting_since=since)
    visitor = visit(doctor)
    visitor.post(FORM, {"action": "end"})
    response = visitor.get("/messages/")
    assert words(only(response, ".vcm-sidebar__meanwhile")) == "1 conversation waits since you were away"
    assert "Patients can write to you" in words(only(response, FOOT))
    visitor.post(FORM, {"action": "end"})
    assert AuditEvent.objects.filter(action="absence_ended").count() == 1
    Participant.objects.filter(mailbox=mailbox).update(waiting_since=timezone.now())
    assert page(visitor.get("/messages/")).select(".vcm-sidebar__meanwhile") == []


# Opening hours


ALWAYS = [{"day": number, "from": "00:00", "to": "00:00"} for number in range(7)]


@pytest.fixture
def closed_now(clinic):
    """Hours on one day of the week: the day after tomorrow."""
    opens = day(2)
    switch_messages(opening_hours=[{"day": opens.weekday(), "from": "08:00", "to": "12:00"}])
    return opens


def test_patients_read_when_messages_are_read_again(visit, address, conversation, patient, closed_now):
    opens = date_format(closed_now, "l, F j")
    said = f"The clinic is closed. Messages are read again {opens}, 8:00 AM."
    assert note(visit(patient).get(address)) == said
    assert note(visit(patient).get(NEW)) == said
    sent = visit(patient).post(address, {"body": "Hello"}, follow=True)
    assert note(sent) == said


def test_staff_and_open_clinics_read_nothing(visit, address, conversation, patient, doctor, closed_now):
    assert page(visit(doctor).get(address)).select("#vcm-now") == []
    switch_messages(opening_hours=ALWAYS)
    assert page(visit(patient).get(address)).select("#vcm-now") == []
    switch_messages(opening_hours=[])
    assert page(visit(patient).get(address)).select("#vcm-now") == []


def test_where_nothing_opens_no_day_is_promised(visit, address, conversation, patient, closed_now):
    switch_messages(closed_days=[{"first": "2020-01-01", "last": "2999-12-31", "reason": "For good"}])
    said = "The clinic is closed. Messages are read when it opens again."
    response = visit(patient).get(address)
    assert note(response) == said
    assert b"For good" not in response.content


def test_who_is_away_is_not_back_before_the_clinic_opens(
    visit, address, conversation, patient, doctor, closed_now
):
    away(doctor, until=1)
    assert note(visit(patient).get(address)).startswith(f"Amara Okafor is away until {shown(closed_now)}.")


def test_somebody_may_be_away_for_ever_or_have_been_always(visit, address, conversation, patient, doctor):
    switch_messages(
        opening_hours=[{"day": 5, "from": "08:00", "to": "17:30"}]
    )  # the calendar ends on a Friday
    actions.set_absence(actor=None, who=doctor, first_day=date.min, until=date.max)
    assert visit(patient).get(address).status_code == 200
    assert visit(doctor).get(address).status_code == 200
    Absence.objects.update(until=day(0))
    assert visit(doctor).get("/messages/").status_code == 200
