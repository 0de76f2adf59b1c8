"""The guarantees of the tables, each tried by SQL that no code of the app stands before."""

import pytest

from tests.models.sql import execute, insert_message, insert_participant, refused, rows
from vclinic_messages.models import (
    Conversation,
    Draft,
    Mailbox,
    Message,
    MessagesSettings,
    MessageWords,
    Participant,
    Team,
    TeamMember,
)
from vclinic_messages.testing import create_conversation


@pytest.fixture
def conversation(clinic):
    return Conversation.objects.create()


def test_two_patients_never_share_a_conversation(conversation):
    insert_participant(conversation, 1, "patient")
    with refused("vcm_one_patient"):
        insert_participant(conversation, 2, "patient")


def test_a_participant_cannot_become_a_second_patient(conversation):
    insert_participant(conversation, 1, "patient")
    insert_participant(conversation, 2, "doctor")
    with refused("vcm_one_patient"):
        execute("UPDATE vclinic_messages_participant SET role = 'patient'")


def test_staff_share_a_conversation(conversation):
    insert_participant(conversation, 1, "doctor")
    insert_participant(conversation, 2, "doctor")
    insert_participant(conversation, 3, "admin")
    assert Participant.objects.count() == 3


def test_a_patient_takes_part_in_many_conversations(clinic):
    for _ in range(2):
        insert_participant(Conversation.objects.create(), 1, "patient")
    assert Participant.objects.filter(mailbox__user=1).count() == 2


def test_a_mailbox_takes_part_once_in_a_conversation(conversation):
    insert_participant(conversation, 1, "doctor")
    with refused("vcm_participant_once"):
        insert_participant(conversation, 1, "admin")


@pytest.mark.parametrize("role", ["", "nurse", "Patient"])
def test_a_participant_has_one_of_three_roles(conversation, role):
    with refused("vcm_participant_role"):
        insert_participant(conversation, 1, role)


def test_an_unread_count_is_never_negative(conversation):
    with refused("unread_count"):
        insert_participant(conversation, 1, "doctor", unread=-1)


def test_a_message_count_is_never_negative(conversation):
    with refused("message_count"):
        execute("UPDATE vclinic_messages_conversation SET message_count = -1")


@pytest.mark.parametrize(
    "body",
    ["a", "a" * 5000, "😀" * 5000, "👩🏽‍⚕️" * 1000, "e\u0301" * 2500, "\n" * 5000],
    ids=["one", "latin", "emoji", "joined emoji", "combining", "line ends"],
)
def test_a_body_has_one_to_5000_code_points(conversation, body):
    insert_message(conversation, 1, body)
    assert Message.objects.get().body == body


@pytest.mark.parametrize("body", ["", "a" * 5001, "😀" * 5001], ids=["empty", "latin", "emoji"])
def test_a_body_of_another_length_is_refused(conversation, body):
    with refused("vcm_body_length"):
        insert_message(conversation, 1, body)


def test_a_persons_key_is_used_once(conversation):
    insert_message(conversation, 1, "Hello", "key")
    with refused("vcm_key_once"):
        insert_message(Conversation.objects.create(), 1, "Something else", "key")


def test_others_may_use_the_same_key_and_many_messages_have_none(conversation):
    insert_message(conversation, 1, "Hello", "key")
    insert_message(conversation, 2, "Hello", "key")
    insert_message(conversation, 1, "Hello")
    insert_message(conversation, 1, "Hello")
    assert Message.objects.count() == 4


def test_a_message_belongs_to_a_conversation_that_exists(conversation, clinic):
    gone = Conversation()
    with refused("foreign key"):
        insert_message(gone, 1, "Hello")
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_conversation_with_messages_cannot_be_removed(patient, doctor):
    create_conversation(patient, doctor)
    with refused("foreign key"):
        execute("DELETE FROM vclinic_messages_conversation")
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_person_has_one_mailbox(clinic):
    Mailbox.objects.create(user_id=1)
    with refused("vcm_mailbox_of_user"):
        Mailbox.objects.create(user_id=1)


def test_a_team_has_one_mailbox(clinic):
    team = Team.objects.create(name="Front desk")
    Mailbox.objects.create(team=team)
    with refused("vcm_mailbox_of_team"):
        Mailbox.objects.create(team=team)


def test_a_mailbox_is_a_persons_or_a_teams(clinic):
    team = Team.objects.create(name="Front desk")
    with refused("vcm_mailbox_owner"):
        Mailbox.objects.create(team=team, user_id=1)


def test_many_mailboxes_have_lost_their_account(clinic):
    for _ in range(2):
        Mailbox.objects.create()
    assert Mailbox.objects.filter(user=None, team=None).count() == 2


def test_a_person_joins_a_team_once(clinic):
    team, mailbox = Team.objects.create(name="Front desk"), Mailbox.objects.create(user_id=1)
    TeamMember.objects.create(team=team, mailbox=mailbox)
    with refused("vcm_team_member_once"):
        TeamMember.objects.create(team=team, mailbox=mailbox)


def test_a_team_of_the_portals_is_imported_once(clinic):
    Team.objects.create(name="Front desk", external_key="desk")
    with refused("vcm_team_external_key"):
        Team.objects.create(name="Another name", external_key="desk")
    for _ in range(2):
        Team.objects.create(name="Made in the admin")


def test_an_author_has_one_draft_for_each_conversation(conversation):
    author, other = Mailbox.objects.create(user_id=1), Mailbox.objects.create(user_id=2)
    for each in (author, other):
        Draft.objects.create(author=each, conversation=conversation)
    with refused("vcm_draft_of_conversation"):
        Draft.objects.create(author=author, conversation=conversation)


def test_an_author_has_one_draft_for_each_recipient_and_one_without(clinic):
    author, other = Mailbox.objects.create(user_id=1), Mailbox.objects.create(user_id=2)
    for recipient in (other, None):
        Draft.objects.create(author=author, recipient=recipient)
        with refused("vcm_draft_of_new_message"):
            Draft.objects.create(author=author, recipient=recipient)


def test_a_draft_of_a_conversation_has_no_recipient(conversation):
    author, other = Mailbox.objects.create(user_id=1), Mailbox.objects.create(user_id=2)
    with refused("vcm_draft_target"):
        Draft.objects.create(author=author, conversation=conversation, recipient=other)


def test_a_draft_has_up_to_10000_code_points(clinic):
    author = Mailbox.objects.create(user_id=1)
    Draft.objects.create(author=author, body="😀" * 10_000)
    with refused("vcm_draft_length"):
        Draft.objects.update(body="😀" * 10_001)


def test_a_draft_with_one_text_has_it_as_its_body(clinic):
    draft = Draft.objects.create(author=Mailbox.objects.create(user_id=1), body="One", other="Two")
    for change in ({"body": ""}, {"other": "😀" * 10_001}):
        with refused("vcm_draft_other"):
            Draft.objects.filter(pk=draft.pk).update(**change)


def test_the_searchable_form_of_a_message_can_be_folded_again(conversation):
    insert_message(conversation, 1, "Grüße")
    words = MessageWords.objects.create(
        message=Message.objects.get(), conversation=conversation, folded=" grusse", fold_version=1
    )
    MessageWords.objects.update(folded=" gruesse", fold_version=2)
    words.refresh_from_db()
    assert (words.folded, words.fold_version) == (" gruesse", 2)


def test_a_clinic_has_one_row_of_settings(clinic):
    assert MessagesSettings.objects.count() == 1
    with refused("vcm_settings_once"):
        MessagesSettings.objects.create()


def test_every_write_guard_is_in_this_clinic(clinic):
    """A copied trigger must call the function of its own schema, not that of the schema it came from."""
    found = rows(
        """
        SELECT t.tgname, n.nspname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
          AND t.tgenabled = 'O' AND c.relname LIKE 'vclinic_messages_%%'
        """
    )
    names = {name for name, _schema in found}
    assert {
        "vcm_message_append_only",
        "vcm_message_no_truncate",
        "vcm_audit_no_update",
        "vcm_audit_no_delete",
        "vcm_audit_no_truncate",
    } <= names
    assert {schema for _name, schema in found} == {clinic}


def test_numbers_come_from_sequences_of_this_clinic(clinic):
    for table in ("message", "mailbox", "participant", "auditevent"):
        [(sequence,)] = rows("SELECT pg_get_serial_sequence(%s, 'id')", f"vclinic_messages_{table}")
        assert sequence.startswith(f"{clinic}.")


@pytest.mark.parametrize(
    ("index", "condition"),
    [
        ("vcm_participant_waiting", "(mailbox_id, waiting_since) WHERE (waiting_since IS NOT NULL)"),
        ("vcm_mailbox_of_user", "(user_id) WHERE (user_id IS NOT NULL)"),
        ("vcm_mailbox_of_team", "(team_id) WHERE (team_id IS NOT NULL)"),
        ("vcm_team_member_once", "(mailbox_id, team_id)"),
        ("vcm_team_members", "team_id"),
        ("vcm_draft_of_conversation", "(author_id, conversation_id) WHERE (conversation_id IS NOT NULL)"),
        ("vcm_draft_of_new_message", "WHERE (conversation_id IS NULL)"),
        ("vcm_draft_saved_at", "saved_at"),
        ("vcm_draft_unsent", "(author_id, saved_at) WHERE ((conversation_id IS NULL) AND (NOT "),
        ("vcm_participant_unread", "unread_count > 0"),
        ("vcm_participant_once", "(conversation_id, mailbox_id)"),
        ("vcm_one_patient", "'patient'"),
        ("vcm_key_once", "client_key IS NOT NULL"),
        ("vcm_participant_inbox", "mailbox_id, last_message_id DESC"),
        ("vcm_message_page", "conversation_id, id"),
        ("vcm_message_sender", "sender_id, id"),
        ("vcm_audit_at", "at"),
        ("vcm_settings_once", "true"),
    ],
)
def test_indexes_keep_their_names_and_conditions(clinic, index, condition):
    [(definition,)] = rows(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname = %s", index
    )
    assert condition in definition


def test_no_table_of_ours_refers_to_the_users(clinic):
    """Users may be shared in ``public``; a constraint would make their deletion fail in other clinics."""
    found = rows(
        """
        SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.confrelid
        WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
          AND t.relname = 'auth_user' AND c.conrelid::regclass::text LIKE '%%vclinic_messages%%'
        """
    )
    assert found == []
