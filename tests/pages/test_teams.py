"""Teams on the pages, without a script."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.pages.visitor import only, page, texts, values
from vclinic_messages import actions
from vclinic_messages.actions import close_team
from vclinic_messages.models import AuditEvent, Message, Role, TeamMember
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_member, create_team
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def team(admin, doctor2):
    return create_team("Front desk", admin, doctor2, description="Appointments, forms")


@pytest.fixture
def asked(team, patient):
    return create_conversation(patient, team, "Can I come on Monday?")


@pytest.fixture
def address(asked):
    return f"/messages/{asked.pk}/"


def words(tag):
    return " ".join(tag.get_text().split())


READERS = "Everyone at Front desk can read this, currently Henrik Solberg and Ruth Adeyemi."


def test_the_picker_shows_teams_first(visit, team, patient, doctor):
    response = visit(patient).get("/messages/new/")
    titles = [words(each) for each in page(response).select(".vcm-people__title")]
    assert titles[0] == "Teams: answered by whoever is in"
    first = page(response).select(".vcm-person")[0]
    assert "Front desk" in words(first)
    assert "Team · Appointments, forms" in words(first)
    filters = [each["value"] for each in page(response).select("input[name=filter]")]
    assert filters == ["all", "teams", "doctors"]
    assert only(response, "#vcm-picker-search")["placeholder"] == "Search by name, speciality or topic"
    narrowed = visit(patient).get("/messages/new/?filter=teams")
    assert len(page(narrowed).select(".vcm-person")) == 1


def test_there_is_no_filter_without_teams(visit, patient, doctor):
    response = visit(patient).get("/messages/new/")
    assert [each["value"] for each in page(response).select("input[name=filter]")] == ["all", "doctors"]
    assert only(response, "#vcm-picker-search")["placeholder"] == "Search by name or speciality"


def test_the_chosen_team_says_who_reads(visit, team, patient):
    response = visit(patient).get(f"/messages/new/?recipient={recipient_id(team.pk)}")
    assert words(only(response, ".vcm-readers")) == READERS


def test_a_patient_writes_to_a_team_and_sees_who_reads(visit, team, patient):
    visitor = visit(patient)
    data = {"recipient": recipient_id(team.pk), "body": "Hello"}
    response = visitor.post("/messages/new/", data, follow=True)
    assert words(only(response, "#vcm-heading")) == "Front desk"
    assert words(only(response, ".vcm-header__readers")) == READERS
    assert "Front desk" in words(only(response, ".vcm-row"))


def test_a_member_replies_as_the_team(visit, address, asked, admin, patient):
    response = visit(admin).get(address)
    assert (
        words(only(response, ".vcm-composer label[for=vcm-body]")) == "Reply to Maya Ferreira as Front desk"
    )
    assert "“Front desk”" in words(only(response, "#vcm-notice-first"))
    assert "Front desk" in words(only(response, ".vcm-row__role"))
    visit(admin).post(address, {"body": "Yes", "seen": asked.last_message_id})
    shown = page(visit(patient).get(address)).select(".vcm-msg__name")[-1]
    assert words(shown) == "Ruth Adeyemi, Front desk"


def test_take_and_hand_over(visit, address, admin, doctor2):
    visitor = visit(admin)
    assert "Nobody has taken it" in words(only(visitor.get(address), "#vcm-work"))
    taken = visitor.post(f"{address}assign/", {"to": str(admin.pk)}, follow=True)
    assert "Taken by you" in words(only(taken, "#vcm-work"))
    assert "Taken by Ruth Adeyemi" in words(only(visit(doctor2).get(address), "#vcm-work"))
    choices = page(visitor.get(f"{address}assign/")).select("#vcm-hand-over input[type=radio]")
    assert [each["value"] for each in choices] == [str(doctor2.pk), ""]
    handed = visitor.post(f"{address}assign/", {"to": str(doctor2.pk)}, follow=True)
    assert "Taken by Henrik Solberg" in words(only(handed, "#vcm-work"))
    back = visitor.post(f"{address}assign/", {"to": ""}, follow=True)
    assert "Nobody has taken it" in words(only(back, "#vcm-work"))


def test_nobody_else_can_hand_over(visit, address, patient, doctor):
    assert visit(doctor).get(f"{address}assign/").status_code == 404
    assert visit(patient).get(f"{address}assign/").status_code == 404
    assert visit(doctor).post(f"{address}writing/", {}).status_code == 404


def test_colleagues_see_who_is_writing(visit, address, asked, admin, doctor2, patient):
    actions.send_message(conversation=asked, sender=admin, body="Yes")
    assert visit(admin).post(f"{address}writing/", {}).status_code == 204
    seen = visit(doctor2).get(address)
    assert only(seen, "#vcm-work").has_attr("hidden"), "nothing waits"
    line = only(seen, "#vcm-presence .vcm-presence")
    assert words(line) == "Ruth Adeyemi is writing a reply"
    assert 0 < int(line["data-seconds"]) <= 20
    assert page(visit(admin).get(address)).select(".vcm-presence") == []
    assert page(visit(patient).get(address)).select("#vcm-presence") == []


def test_all_who_are_writing_are_named_until_each_has_stopped(visit, address, team, admin, doctor, doctor2):
    clerk = create_member(Role.ADMIN, first_name="Tomasz", last_name="Bielski")
    nurse = create_member(Role.ADMIN, first_name="Ann", last_name="Frost")
    actions.change_team(team=team, members=[admin, doctor, doctor2, clerk, nurse])
    seen, now = [], timezone.now()
    for number, member in enumerate((admin, clerk, doctor, nurse)):
        visit(member).post(f"{address}writing/", {})
        began = now - timedelta(seconds=3 - number)
        TeamMember.objects.filter(mailbox__user=member).update(writing_at=began)
        response = visit(doctor2).get(address)
        seen.append(texts(response, ".vcm-presence")[0])
    assert seen == [
        "Ruth Adeyemi is writing a reply",
        "Ruth Adeyemi and Tomasz Bielski are writing a reply",
        "Ruth Adeyemi, Tomasz Bielski and 1 other are writing a reply",
        "Ruth Adeyemi, Tomasz Bielski and 2 others are writing a reply",
    ]
    assert texts(response, ".vcm-presence")[1:] == [
        "Tomasz Bielski, Amara Okafor and 1 other are writing a reply",
        "Amara Okafor and Ann Frost are writing a reply",
        "Ann Frost is writing a reply",
    ]
    seconds = [int(line["data-seconds"]) for line in page(response).select(".vcm-presence")]
    assert sum(seconds) <= 20
    assert all(0 <= each <= 2 for each in seconds[1:]), "each line lasts until the next one has stopped"


def test_what_arrives_says_who_is_writing_and_who_has_answered(
    visit, address, asked, admin, doctor2, patient
):
    visit(admin).post(f"{address}writing/", {})
    question = asked.last_message_id
    arrivals = visit(doctor2).ask(f"{address}?after={question}", "vcm-messages")
    assert words(only(arrivals, "#vcm-fresh-presence")) == "Ruth Adeyemi is writing a reply"
    assert page(arrivals).select("#vcm-fresh-answered") == []
    actions.send_message(conversation=asked, sender=admin, body="At nine", seen=question)
    arrivals = visit(doctor2).ask(f"{address}?after={question}", "vcm-messages")
    assert words(only(arrivals, "#vcm-fresh-presence")) == ""
    said = "Ruth Adeyemi has just answered. Read it before you send."
    assert words(only(arrivals, "#vcm-fresh-answered")) == said
    for reader in (admin, patient):
        own = visit(reader).ask(f"{address}?after={question}", "vcm-messages")
        assert page(own).select("#vcm-fresh-answered") == []


def test_the_menu_lists_the_colleagues_and_what_they_have_taken(visit, address, asked, admin, doctor2):
    actions.assign(conversation=asked, actor=admin, to=doctor2)
    menu = page(visit(admin).ask(f"{address}assign/", "vcm-menu")).select("[role=menuitem]")
    assert [words(each) for each in menu] == [
        "HSHenrik Solberg Doctor · 1 waiting",
        "Back to the team Everyone at Front desk can take it",
    ]
    assert [each["value"] for each in menu] == [str(doctor2.pk), ""]


def test_without_a_choice_nobody_is_given_the_conversation(visit, address, asked, admin):
    actions.assign(conversation=asked, actor=admin, to=admin)
    refused = visit(admin).post(f"{address}assign/", {})
    assert "Choose a member of the team." in words(only(refused, "#vcm-alert"))
    assert "Taken by you" in words(only(visit(admin).get(address), "#vcm-work"))


def test_the_strip_offers_an_undo_after_handing_over(visit, address, asked, admin, doctor2):
    def strip(**data):
        headers = {"HX-Request": "true", "HX-Target": "vcm-work"}
        return visit(admin).post(f"{address}assign/", data, headers=headers)

    taken = only(strip(to=str(admin.pk), was=""), "#vcm-work")
    assert (taken["data-said"], words(taken.select_one("[autofocus]"))) == ("Taken by you", "Hand over")
    handed = only(strip(to=str(doctor2.pk), was=str(admin.pk)), "#vcm-work")
    assert words(handed) == "Handed over to Henrik Solberg. Undo"
    assert handed["data-said"] == "Handed over to Henrik Solberg. Undo is available."
    undo = {each["name"]: each["value"] for each in handed.select("#vcm-take [name]")}
    assert (undo["action"], undo["to"]) == ("undo", str(admin.pk))
    undone = only(strip(action="undo", to=undo["to"]), "#vcm-work")
    assert (undone["data-said"], "Taken by you" in words(undone)) == ("Undone.", True)
    back = only(strip(to="", was=str(admin.pk)), "#vcm-work")
    assert words(back) == "Back with the team. Everyone at Front desk can take it. Undo"


def test_a_conversation_that_a_colleague_has_taken_is_taken_over(visit, address, asked, admin, doctor2):
    actions.assign(conversation=asked, actor=admin, to=doctor2)
    assert texts(visit(admin).get(address), "#vcm-work form > :is(a, button)") == [
        "Take over",
        "No answer needed",
    ]


def test_many_members_are_counted_and_named_below(visit, team, patient, admin, doctor2):
    more = [create_member(Role.ADMIN, first_name=name, last_name="Frost") for name in ("Ann", "Bo", "Cy")]
    actions.change_team(team=team, members=[admin, doctor2, *more])
    response = visit(patient).get(f"/messages/new/?recipient={recipient_id(team.pk)}")
    sentence = "Everyone at Front desk can read this, currently Ann Frost, Bo Frost, Cy Frost and 2 others"
    assert words(only(response, ".vcm-readers summary")) == sentence
    assert "Henrik Solberg and Ruth Adeyemi" in words(only(response, ".vcm-readers details"))


# The list


def test_a_row_names_the_member_who_wrote_and_who_has_taken_it(visit, asked, team, admin, doctor2, patient):
    actions.send_message(conversation=asked, sender=doctor2, body="At nine")
    [row] = texts(visit(patient).get("/messages/"), ".vcm-row__excerpt")
    assert row == "Henrik: At nine"
    assert page(visit(patient).get("/messages/")).select(".vcm-avatar--team svg")
    [row] = texts(visit(admin).get("/messages/"), ".vcm-row__excerpt")
    assert row == "Henrik: At nine"
    [row] = texts(visit(doctor2).get("/messages/"), ".vcm-row__excerpt")
    assert row == "You: At nine"
    actions.assign(conversation=asked, actor=admin, to=doctor2)
    assert texts(visit(admin).get("/messages/"), ".vcm-row__taken") == ["Taken by Henrik"]
    assert texts(visit(doctor2).get("/messages/"), ".vcm-row__taken") == ["Taken by you"]
    assert texts(visit(admin).get("/messages/"), ".vcm-row__role") == ["Patient · Front desk"]


def test_a_hit_names_the_member_who_wrote_it(visit, asked, admin, doctor2, patient):
    actions.send_message(conversation=asked, sender=doctor2, body="Bring the blue form")
    actions.send_message(conversation=asked, sender=patient, body="Thank you")
    shown = []
    for reader in (patient, admin, doctor2):
        visitor = visit(reader)
        found = visitor.get(visitor.post("/messages/", {"show": "all", "q": "blue"})["Location"])
        shown += texts(found, ".vcm-row__excerpt")
    assert shown == ["Henrik: Bring the blue form", "Henrik: Bring the blue form", "You: Bring the blue form"]


def test_a_hit_of_a_person_needs_no_name(visit, conversation, patient):
    conversation.refresh_from_db()
    actions.send_message(conversation=conversation, sender=patient, body="A blue form")
    visitor = visit(conversation.participants.exclude(role="patient").get().mailbox.user)
    found = visitor.get(visitor.post("/messages/", {"show": "all", "q": "blue"})["Location"])
    assert texts(found, ".vcm-row__excerpt") == ["A blue form"]


def test_the_list_is_narrowed_to_a_mailbox(visit, asked, team, admin, patient2):
    personal = create_conversation(patient2, admin, "For you alone")
    chosen = f"/messages/?mailbox={recipient_id(team.pk)}".replace(":", "%3A")
    every = visit(admin).get("/messages/")
    options = {each["value"]: words(each) for each in page(every).select(".vcm-mailbox option")}
    assert options == {"": "All mailboxes", "me": "Written to you", recipient_id(team.pk): "Front desk"}
    assert len(page(every).select(".vcm-row")) == 2
    narrowed = visit(admin).get(chosen)
    assert [each["id"] for each in page(narrowed).select(".vcm-item")] == [f"vcm-row-{asked.pk}"]
    assert words(only(narrowed, "#vcm-count-waiting")) == "1, 1 conversation"
    assert only(narrowed, ".vcm-mailbox option[selected]")["value"] == recipient_id(team.pk)
    opened = visit(admin).get(only(narrowed, ".vcm-row")["href"])
    assert len(page(opened).select(".vcm-row")) == 1
    mine = visit(admin).get("/messages/?mailbox=me")
    assert [each["id"] for each in page(mine).select(".vcm-item")] == [f"vcm-row-{personal.pk}"]
    visitor = visit(admin)
    posted = visitor.get(
        visitor.post("/messages/", {"mailbox": "me", "show": "all", "q": "Monday"})["Location"]
    )
    assert page(posted).select(".vcm-row") == []
    assert "choose “All”" in words(only(posted, ".vcm-list__none"))


def test_a_mailbox_of_somebody_else_narrows_nothing(visit, asked, team, doctor, conversation):
    for mailbox in (recipient_id(team.pk), "team:x", "1", "\x00"):
        response = visit(doctor).get("/messages/", query_params={"mailbox": mailbox})
        assert [each["id"] for each in page(response).select(".vcm-item")] == [f"vcm-row-{conversation.pk}"]
        assert page(response).select(".vcm-mailbox") == []


def test_drafts_of_new_messages_are_ones_own(visit, asked, team, admin, patient2):
    place = DraftPlace(recipient=str(patient2.pk))
    actions.save_draft(viewer=load_viewer(admin), place=place, body="Soon", version=0)
    for mailbox, count in (("", 1), ("me", 1), (recipient_id(team.pk), 0)):
        response = visit(admin).get("/messages/", query_params={"mailbox": mailbox})
        assert len(page(response).select("[id^=vcm-draft-]")) == count


# Who joins and leaves


def test_members_are_told_for_a_week_who_joined_and_left(visit, team, admin, doctor, doctor2, patient):
    actions.change_team(team=team, members=[admin, doctor])
    told = texts(visit(admin).get("/messages/"), ".vcm-team-news li")
    assert told[:2] == ["Henrik Solberg left Front desk. Now", "Amara Okafor joined Front desk. Now"]
    assert "You joined Front desk. You can read all of its conversations, including old ones. Now" in told[2:]
    assert texts(visit(admin).get("/messages/"), ".vcm-team-news summary") == [
        "4 changes in your teams this week"
    ]
    for other in (doctor2, patient):
        assert page(visit(other).get("/messages/")).select(".vcm-team-news") == []


def test_older_changes_and_other_teams_are_not_told(visit, team, admin, doctor):
    create_team("Records", doctor)
    for days in (6, 8):
        AuditEvent.objects.create(
            at=timezone.now() - timedelta(days=days),
            actor_name="",
            action=AuditEvent.Action.TEAM_LEFT,
            details={"team": str(team.pk), "name": "Front desk", "mailbox": 0, "member": f"Left {days} ago"},
        )
    told = " ".join(texts(visit(admin).get("/messages/"), ".vcm-team-news li"))
    assert "Left 6 ago" in told
    assert "Left 8 ago" not in told
    assert "Records" not in told


def test_a_whole_page_tells_once_and_its_parts_do_not(visit, asked, admin):
    part = visit(admin).ask("/messages/", "vcm-list")
    assert page(part).select(".vcm-team-news") == []


def test_after_a_colleagues_answer_the_form_comes_back_with_it(visit, address, asked, admin, doctor2):
    question = asked.last_message_id
    answer = actions.send_message(conversation=asked, sender=admin, body="At nine", seen=question)
    response = visit(doctor2).post(address, {"body": "At ten", "seen": question, "key": "k1"})
    assert response.status_code == 409
    assert "A colleague has answered" in words(only(response, "#vcm-alert"))
    assert "At nine" in words(only(response, "#vcm-messages"))
    assert only(response, "#vcm-body").get_text().strip() == "At ten"
    again = values(only(response, "#vcm-composer"))
    assert again["seen"] == str(answer.pk)
    sent = visit(doctor2).post(address, {"body": "At ten", "seen": again["seen"], "key": again["key"]})
    assert sent.status_code == 302
    assert Message.objects.count() == 3


def test_with_the_script_the_conversation_comes_back_too(visit, address, asked, admin, doctor2):
    question = asked.last_message_id
    actions.send_message(conversation=asked, sender=admin, body="At nine", seen=question)
    response = visit(doctor2).post(
        address,
        {"body": "At ten", "seen": question},
        headers={"HX-Request": "true", "HX-Target": "vcm-main"},
    )
    assert response.status_code == 409
    assert "At nine" in words(only(response, "#vcm-messages"))


def test_a_closed_team_is_read_only(visit, address, team, admin):
    close_team(team=team)
    response = visit(admin).get(address)
    assert "This team is closed" in words(only(response, "#vcm-closed"))
    assert page(response).select("#vcm-composer") == []


def test_an_answer_that_came_second_is_saved_as_a_draft(visit, address, asked, admin, doctor2):
    opened = visit(doctor2).get(address)
    actions.send_message(conversation=asked, sender=admin, body="At nine", seen=asked.last_message_id)
    response = visit(doctor2).press(opened, "#vcm-composer", body="At ten")
    assert response.status_code == 409
    assert values(only(response, "#vcm-composer"))["draft"] == "1"
    opened = visit(doctor2).get(address)
    assert values(only(opened, "#vcm-composer"))["body"] == "At ten"
    assert visit(doctor2).press(response, "#vcm-composer", body="At ten, then").status_code == 302
    assert values(only(visit(doctor2).get(address), "#vcm-composer"))["body"] == ""
