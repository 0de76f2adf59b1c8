"""Attacks with teams: of the other clinic, closed, left, or of somebody else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django_tenants.utils import schema_context

from vclinic_messages import actions, selectors
from vclinic_messages.errors import ConversationNotFound, InvalidInput, NotForThisRole
from vclinic_messages.models import (
    AuditEvent,
    Conversation,
    Draft,
    Mailbox,
    Message,
    Participant,
    Role,
    TeamMember,
)
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_member, create_team
from vclinic_messages.viewer import load_viewer


@dataclass
class Desk:
    """A team of a clinic, with two members, a patient's conversation and its newest message."""

    team: Any
    mailbox: int
    member: Any
    colleague: Any
    conversation: Any
    message: int

    @property
    def id(self) -> str:
        return recipient_id(self.team.pk)

    @property
    def address(self) -> str:
        return f"conversations/{self.conversation.pk}/"

    @property
    def page(self) -> str:
        return f"/messages/{self.conversation.pk}/"


def furnish(clinic: Any) -> Desk:
    with schema_context(clinic.schema):
        member = create_member(Role.ADMIN, id=7101, username="member", last_name=f"of {clinic.schema}")
        colleague = create_member(Role.DOCTOR, id=7102, username="colleague", last_name=f"of {clinic.schema}")
        team = create_team(f"Desk of {clinic.schema}", member, colleague)
        conversation = create_conversation(clinic.patient, team, f"Team secret of {clinic.schema}")
        mailbox = Mailbox.objects.get(team=team).pk
        return Desk(team, mailbox, member, colleague, conversation, conversation.last_message_id)


@pytest.fixture
def desk(alder):
    return furnish(alder)


@pytest.fixture
def foreign(birch):
    return furnish(birch)


@pytest.fixture(params=["patient", "doctor", "member"])
def anybody(request, alder, desk):
    return getattr(alder, request.param, None) or getattr(desk, request.param)


# Of the other clinic


def test_a_team_of_the_other_clinic_is_no_recipient(alder, birch, desk, foreign, anybody):
    before = alder.rows(), birch.rows()
    caller = alder.api(anybody)
    nobody = f"team:{uuid.uuid4()}"
    answers = [
        caller.post("conversations/", {"recipient": each, "body": "Hello"}) for each in (foreign.id, nobody)
    ]
    assert [each.status_code for each in answers] == [400, 400]
    assert answers[0].json() == answers[1].json()
    listed = caller.get("recipients/?filter=teams").json()["results"]
    assert foreign.id not in {each["id"] for each in listed}
    assert (alder.rows(), birch.rows()) == before


def test_a_draft_for_a_team_of_the_other_clinic_is_refused(alder, foreign, anybody):
    response = alder.api(anybody).put(f"draft/?recipient={foreign.id}", {"body": "Hello", "version": 0})
    assert response.status_code == 400
    with schema_context("alder"):
        assert not Draft.objects.exists()


@pytest.mark.parametrize("way", ["of the team", "by its own id"])
def test_a_mailbox_of_the_other_clinic_narrows_to_nothing(alder, desk, foreign, way):
    name = foreign.id if way == "of the team" else str(foreign.mailbox)
    response = alder.api(desk.member).get(f"conversations/?mailbox={name}")
    assert response.status_code == 400
    with schema_context("alder"):
        query = selectors.InboxQuery(mailbox=foreign.mailbox + 1_000_000)
        assert selectors.inbox(load_viewer(desk.member), query).items == []


def test_nobody_of_the_other_clinic_is_assigned_or_a_member(alder, birch, desk, foreign):
    """Users have the same keys in both clinics, so a stranger is needed who is only there."""
    with schema_context("birch"):
        stranger = create_member(Role.ADMIN, id=7999, username="stranger")
    response = alder.api(desk.member).post(f"{desk.address}assign/", {"to": str(stranger.pk)})
    assert response.status_code == 400
    with schema_context("alder"):
        with pytest.raises(InvalidInput):
            actions.change_team(team=desk.team, members=[str(stranger.pk)])
        with pytest.raises(InvalidInput):
            actions.change_team(team=foreign.team, name="Mine")
        with pytest.raises(InvalidInput):
            actions.close_team(team=foreign.team.pk)


# Of somebody else


@pytest.mark.parametrize(
    "rest", ["", "messages/", "draft/", "assign/", "writing/", "read/", "no-answer-needed/"]
)
@pytest.mark.parametrize("who", ["a doctor who is no member", "another patient", "a member of another team"])
def test_a_teams_conversation_is_nothing_to_others(alder, desk, who, rest):
    with schema_context("alder"):
        person = {
            "a doctor who is no member": lambda: alder.doctor,
            "another patient": lambda: create_member(Role.PATIENT),
            "a member of another team": lambda: create_member(Role.ADMIN),
        }[who]()
        if who == "a member of another team":
            create_team("Records", person)
    before = alder.rows()
    caller = alder.api(person)
    nowhere = f"conversations/{uuid.uuid4()}/"
    data = {"body": "Hello", "version": 0, "to": None, "message": desk.message}
    for method in ("get", "post", "put", "delete"):
        there, missing = (
            getattr(caller, method)(f"{address}{rest}", *([data] if method in ("post", "put") else []))
            for address in (desk.address, nowhere)
        )
        assert (there.status_code, there.content) == (missing.status_code, missing.content)
        assert there.status_code in (404, 405)
    for page in ("", "print/", "download/", "assign/"):
        assert caller.get(f"{desk.page}{page}").status_code == 404
    assert "Team secret" not in caller.get("conversations/?q=secret").content.decode()
    assert alder.rows() == before


def test_two_patients_of_one_team_see_nothing_of_each_other(alder, desk):
    with schema_context("alder"):
        other = create_member(Role.PATIENT, last_name="Other")
        create_conversation(other, desk.team, "Other secret")
    for person, own, theirs in (
        (alder.patient, "Team secret", "Other secret"),
        (other, "Other secret", "Team secret"),
    ):
        caller = alder.api(person)
        shown = [
            caller.get(path).content.decode()
            for path in (
                "conversations/",
                "conversations/?q=secret",
                "/messages/",
                "/messages/new/?filter=teams",
            )
        ]
        assert own in shown[0]
        assert not any(theirs in each for each in shown)


def test_members_alone_see_who_writes_and_who_has_taken_it(alder, desk):
    with schema_context("alder"):
        actions.note_writing(viewer=load_viewer(desk.colleague), conversation=desk.conversation.pk)
        actions.assign(conversation=desk.conversation, actor=desk.member, to=desk.member)
    for person, sees in ((desk.member, True), (alder.patient, False)):
        shown = alder.api(person).get(desk.address).json()
        assert (shown["writing"] != [], shown["assigned_to"] is not None) == (sees, sees)


# A member who leaves


@pytest.fixture(params=["taken out of the team", "no longer staff", "without a role"])
def former(request, alder, desk):
    """A member whose page is open while they stop being one."""
    with schema_context("alder"):
        actions.assign(conversation=desk.conversation, actor=desk.member, to=desk.member)
        actions.note_writing(viewer=load_viewer(desk.member), conversation=desk.conversation.pk)
        if request.param == "taken out of the team":
            actions.change_team(team=desk.team, members=[desk.colleague])
        else:
            desk.member.groups.clear()
        if request.param == "no longer staff":
            desk.member.groups.add(Group.objects.get(name="Patients"))
    return desk.member


def test_what_an_open_page_knows_is_worth_nothing_after_leaving(alder, desk, former):
    before = alder.rows()
    caller = alder.api(former)
    posts = {
        f"{desk.address}messages/": {"body": "Hello", "seen": desk.message},
        f"{desk.address}read/": {"message": desk.message},
        f"{desk.address}assign/": {"to": str(former.pk)},
        f"{desk.address}writing/": {},
        f"{desk.address}no-answer-needed/": {},
    }
    for address, data in posts.items():
        assert caller.post(address, data).status_code in (403, 404), address
    assert caller.put(f"{desk.address}draft/", {"body": "Hello", "version": 0}).status_code in (403, 404)
    for address in (desk.address, f"{desk.address}messages/?after={desk.message - 1}", desk.page):
        response = caller.get(address)
        assert response.status_code in (403, 404), address
        assert "Team secret" not in response.content.decode()
    assert caller.get(f"conversations/?mailbox={desk.id}").status_code in (400, 403)
    state = caller.get(f"live/state/?after={desk.mailbox}-0")
    assert state.status_code == 403 or state.json()["events"] == []
    assert alder.rows() == before


def test_a_former_member_is_no_longer_shown_as_holder_or_writer(alder, desk, former):
    shown = alder.api(desk.colleague).get(desk.address).json()
    assert shown["assigned_to"] is None
    assert shown["team"]["members"] == ["of alder"]
    response = alder.api(desk.colleague).post(f"{desk.address}assign/", {"to": str(former.pk)})
    assert response.status_code == 400


def test_whoever_joins_again_has_taken_nothing(alder, desk):
    with schema_context("alder"):
        actions.assign(conversation=desk.conversation, actor=desk.member, to=desk.member)
        actions.change_team(team=desk.team, members=[desk.colleague])
        actions.change_team(team=desk.team, members=[desk.colleague, desk.member])
        assert not Participant.objects.filter(assigned_to__isnull=False).exists()
    assert alder.api(desk.member).get(desk.address).json()["assigned_to"] is None


def test_a_new_account_with_the_key_of_a_member_is_no_member(alder, desk):
    with schema_context("alder"):
        key = desk.member.pk
        desk.member.delete()
        newcomer = create_member(Role.ADMIN, id=key, username="newcomer")
    caller = alder.api(newcomer)
    assert caller.get(desk.address).status_code == 404
    assert caller.get("conversations/").json()["results"] == []
    assert [each["id"] for each in caller.get("feature/").json()["mailboxes"]] in ([], ["me"])


# Assigning


@pytest.mark.parametrize("way", ["the patient", "no member", "the team", "nonsense", "a number"])
def test_only_members_are_assigned(alder, desk, way):
    to = {
        "the patient": str(alder.patient.pk),
        "no member": str(alder.doctor.pk),
        "the team": desk.id,
        "nonsense": "x' OR 1=1",
        "a number": desk.mailbox,
    }[way]
    before = alder.rows()
    assert alder.api(desk.member).post(f"{desk.address}assign/", {"to": to}).status_code == 400
    assert alder.rows() == before


def test_a_patient_assigns_nothing_in_their_own_conversation(alder, desk):
    before = alder.rows()
    for data in ({"to": str(desk.member.pk)}, {"to": None}):
        assert alder.api(alder.patient).post(f"{desk.address}assign/", data).status_code == 403
    with schema_context("alder"), pytest.raises(NotForThisRole):
        actions.assign(conversation=desk.conversation, actor=alder.patient, to=None)
    assert alder.rows() == before


def test_a_conversation_of_two_persons_is_never_assigned(alder, desk):
    before = alder.rows()
    caller = alder.api(alder.doctor)
    assert caller.post(f"{alder.address}assign/", {"to": str(alder.doctor.pk)}).status_code == 403
    assert caller.post(f"{alder.address}assign/", {"to": desk.id}).status_code == 403
    assert alder.rows() == before


def test_the_undo_of_a_page_repeats_what_is_posted_and_gives_nothing(alder, desk):
    """``was`` only comes back in the button, as text."""
    body = f"to={desk.colleague.pk}&was=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".encode()
    kind, htmx = "application/x-www-form-urlencoded", {"HX_Request": "true", "HX_Target": "vcm-work"}
    response = alder.api(desk.member).call("POST", f"{desk.page}assign/", body, kind, **htmx)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


# A closed team


@pytest.fixture
def closed(alder, desk):
    with schema_context("alder"):
        actions.close_team(team=desk.team)
    return desk


def test_a_closed_team_is_no_recipient(alder, closed):
    before = alder.rows()
    for person in (alder.patient, alder.doctor):
        caller = alder.api(person)
        response = caller.post("conversations/", {"recipient": closed.id, "body": "Hello"})
        assert response.status_code == 400
        assert response.json()["errors"]["recipient"][0]["code"] == "recipient_not_allowed"
    assert alder.rows() == before


def test_nobody_writes_to_or_for_a_closed_team(alder, closed):
    before = alder.rows()
    for person in (alder.patient, closed.member, closed.colleague):
        data = {"body": "Hello", "seen": closed.message}
        response = alder.api(person).post(f"{closed.address}messages/", data)
        assert response.status_code == 403
        assert response.json()["code"] == "sending_not_allowed"
    assert alder.rows() == before
    assert alder.api(closed.member).get(f"{closed.address}messages/").status_code == 200


def test_a_closed_team_stays_closed(alder, closed):
    with schema_context("alder"):
        actions.change_team(
            team=closed.team, name="Open again", is_open_to_patients=True, members=[closed.member]
        )
        closed.team.refresh_from_db()
        assert closed.team.closed_at is not None
    response = alder.api(alder.patient).post("conversations/", {"recipient": closed.id, "body": "Hello"})
    assert response.status_code == 400


# Ids that are almost right


@pytest.mark.parametrize(
    "form", ["TEAM:{id}", "team:{id} ", "team: {id}", "team:{hex}", "team:{upper}", "{id}", "team:"]
)
def test_an_id_that_is_almost_a_teams_is_nobodys(alder, desk, form):
    key = desk.team.pk
    recipient = form.format(id=key, hex=key.hex, upper=str(key).upper())
    response = alder.api(alder.patient).post("conversations/", {"recipient": recipient, "body": "Hello"})
    assert response.status_code == 400
    with schema_context("alder"):
        assert Conversation.objects.count() == 2


def test_members_do_not_write_to_their_own_team(alder, desk):
    response = alder.api(desk.member).post("conversations/", {"recipient": desk.id, "body": "Hello"})
    assert response.status_code == 400


def test_a_team_that_is_closed_to_patients_receives_from_staff_only(alder, desk):
    with schema_context("alder"):
        actions.change_team(team=desk.team, is_open_to_patients=False)
    data = {"recipient": desk.id, "body": "Hello"}
    assert alder.api(alder.patient).post("conversations/", data).status_code == 400
    assert alder.api(alder.patient).post(f"{desk.address}messages/", {"body": "Hello"}).status_code == 403
    assert alder.api(alder.doctor).post("conversations/", data).status_code == 201


def test_the_trail_never_has_the_text(alder, desk):
    with schema_context("alder"):
        actions.assign(conversation=desk.conversation, actor=desk.member, to=desk.member)
        actions.note_writing(viewer=load_viewer(desk.member), conversation=desk.conversation.pk)
        recorded = str(list(AuditEvent.objects.values()))
        assert "secret" not in recorded
        assert TeamMember.objects.filter(writing_in=desk.conversation.pk).count() == 1
        assert Message.objects.filter(conversation=desk.conversation).count() == 1
        with pytest.raises(ConversationNotFound):
            actions.note_writing(viewer=load_viewer(alder.doctor), conversation=desk.conversation.pk)


# What goes along


def test_drafts_and_texts_brought_along_show_nothing_to_a_former_member(alder, desk, former):
    with schema_context("alder"):
        own = Mailbox.objects.get(user=former)
        Draft.objects.create(
            author=own,
            conversation=desk.conversation,
            body="My own words",
            version=3,
            saved_at=timezone.now(),
        )
    caller = alder.api(former)
    key, new = desk.conversation.pk, "/messages/new/"
    asked = [
        caller.get(f"{desk.address}draft/"),
        caller.get("drafts/"),
        caller.get("conversations/?q=secret"),
        caller.get("quick-replies/"),
        *(caller.get(f"{new}?origin={key}{more}") for more in ("", f"&recipient={alder.doctor.pk}")),
        *(caller.get(f"{desk.page}{more}") for more in ("print/", "download/?format=json", "assign/")),
        *(caller.get(f"{desk.page}?{more}={desk.message}") for more in ("at", "before", "after")),
        form(caller, f"{new}?origin={key}", instead=str(alder.doctor.pk), body="Hello"),
        form(caller, new, back=str(key), body="Hello"),
        form(caller, new, action="continue", recipient=desk.id, body="Hello"),
        form(caller, desk.page, action="open", q="secret"),
        form(caller, "/messages/", q="secret", show="all", mailbox=desk.id),
        caller.get("/messages/?searched=1&show=all"),
    ]
    assert not any("Team secret" in response.content.decode() for response in asked)
    with schema_context("alder"):
        assert Draft.objects.get(author=own, conversation=desk.conversation).body in ("My own words", "")


def form(caller, address, **values):
    kind = "application/x-www-form-urlencoded"
    return caller.call("POST", address, urlencode(values).encode(), kind)


def test_a_teams_quick_replies_end_with_the_membership(alder, desk, former):
    with schema_context("alder"):
        actions.change_quick_reply(title="Desk", body="Only for the desk", team=desk.team)
    assert "Only for the desk" in alder.api(desk.colleague).get("quick-replies/").content.decode()
    for address in ("quick-replies/", "/messages/quick-replies/"):
        assert "Only for the desk" not in alder.api(former).get(address).content.decode()


def test_who_writes_for_one_team_is_not_shown_to_another(alder, desk):
    with schema_context("alder"):
        other = create_team("Records", alder.doctor)
        conversation = create_conversation(create_member(Role.PATIENT), other, "For the records")
        actions.note_writing(viewer=load_viewer(desk.member), conversation=desk.conversation.pk)
    shown = alder.api(alder.doctor).get(f"conversations/{conversation.pk}/").json()
    assert shown["writing"] == []
    assert alder.api(alder.doctor).post(f"{desk.address}writing/", {}).status_code == 404
    with schema_context("alder"):
        # Also where the row says so, as after a write by hand: the writer belongs to another team.
        TeamMember.objects.filter(mailbox__user=desk.member).update(writing_in=conversation.pk)
    assert alder.api(alder.doctor).get(f"conversations/{conversation.pk}/").json()["writing"] == []


@pytest.mark.parametrize("why", ["not open to patients", "closed", "without members"])
def test_patients_are_led_to_no_team_that_does_not_receive_from_them(alder, desk, why):
    with schema_context("alder"):
        today = timezone.localdate()
        actions.set_absence(
            actor=None, who=alder.doctor, first_day=today, until=today + timedelta(days=5), instead=desk.id
        )
        if why == "closed":
            actions.close_team(team=desk.team)
        elif why == "without members":
            actions.change_team(team=desk.team, members=[])
        else:
            actions.change_team(team=desk.team, is_open_to_patients=False)
    for address in ("recipients/", alder.address):
        content = alder.api(alder.patient).get(address).content.decode()
        assert "away" in content
        assert desk.id not in content
    page = alder.api(alder.patient).get(f"/messages/{alder.conversation.pk}/").content.decode()
    assert "Write to <bdi>Desk of alder" not in page
