"""Saving drafts: versions never fall, and nobody brings back a text that was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django_tenants.utils import schema_context

from tests.actions.snapshot import mailbox
from vclinic_messages import actions, selectors
from vclinic_messages.errors import DraftConflict, InvalidInput, NotAMember, Throttled
from vclinic_messages.models import Draft, Mailbox, Role
from vclinic_messages.policies import SAVES_LIMIT
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.testing import create_conversation, create_member
from vclinic_messages.viewer import load_viewer

NEW = DraftPlace()


def save(person, place, body, version=0, **more):
    return actions.save_draft(viewer=load_viewer(person), place=place, body=body, version=version, **more)


@pytest.fixture
def here(conversation):
    return DraftPlace(conversation=conversation.pk)


def to(person):
    return DraftPlace(recipient=str(person.pk))


def stored():
    return list(Draft.objects.order_by("pk").values_list("body", "version"))


def test_every_write_raises_the_version(patient, conversation, here):
    save(patient, here, "One")
    save(patient, here, "Two", 1)
    save(patient, here, "", 2)
    actions.discard_draft(viewer=load_viewer(patient), place=here)
    actions.send_message(conversation=conversation, sender=patient, body="Sent")
    assert stored() == [("", 5)]
    assert save(patient, here, "Next", 5).version == 6


def test_a_save_under_way_never_brings_back_what_was_discarded(patient, here):
    actions.discard_draft(viewer=load_viewer(patient), place=here)
    with pytest.raises(DraftConflict):
        save(patient, here, "Under way")
    assert stored() == [("", 1)]


def test_a_repeat_whose_answer_was_lost_is_no_conflict(patient, doctor, here):
    save(patient, here, "Text")
    assert save(patient, here, "Text").version == 1
    save(patient, NEW, "Whom?")
    for _time in range(2):
        assert save(patient, to(doctor), "Whom?", 1, was=NEW).version == 1
    assert stored() == [("Text", 1), ("", 2), ("Whom?", 1)]


def test_moving_to_a_draft_with_the_same_text_is_no_conflict(patient, doctor):
    save(patient, to(doctor), "Text")
    save(patient, NEW, "Text")
    assert save(patient, to(doctor), "Text", 1, was=NEW).version == 2
    assert stored() == [("Text", 2), ("", 2)]


def test_a_move_of_another_version_changes_nothing(patient, doctor):
    save(patient, NEW, "Newer")
    with pytest.raises(DraftConflict) as refusal:
        save(patient, to(doctor), "Older", 0, was=NEW)
    assert refusal.value.draft == Draft.objects.get().pk
    assert stored() == [("Newer", 1)]


def test_replacing_the_newer_draft_of_another_recipient_leaves_none_behind(patient, doctor):
    save(patient, to(doctor), "There already")
    save(patient, NEW, "Mine")
    assert save(patient, to(doctor), "Mine", 1, was=NEW, newer=1).version == 2
    assert stored() == [("Mine", 2), ("", 2)]


def test_a_draft_moves_although_another_device_has_saved_a_newer_one(patient, doctor):
    save(patient, NEW, "One")
    save(patient, NEW, "Two, elsewhere", 1)
    with pytest.raises(DraftConflict):
        save(patient, to(doctor), "Mine", 1, was=NEW)
    with pytest.raises(DraftConflict):
        save(patient, to(doctor), "Mine", 1, was=NEW, newer=3)
    assert save(patient, to(doctor), "Mine", 1, was=NEW, newer=2).body == "Mine"
    assert [body for body, _version in stored()] == ["", "Mine"]


def test_the_draft_that_was_shown_says_nothing_of_the_one_that_moves(patient, doctor):
    save(patient, to(doctor), "There already")
    save(patient, to(doctor), "There already, longer", 1)
    save(patient, NEW, "One")
    save(patient, NEW, "Two, never shown", 1)
    with pytest.raises(DraftConflict):
        save(patient, to(doctor), "Mine", 1, was=NEW, newer=2)
    assert ("Two, never shown", 2) in stored()


def test_a_newer_draft_that_was_not_shown_is_not_replaced(patient, here):
    save(patient, here, "One")
    save(patient, here, "Two", 1)
    with pytest.raises(DraftConflict):
        save(patient, here, "Mine", 0, newer=1)
    assert save(patient, here, "Mine", 0, newer=2).version == 3


def test_a_newer_draft_is_not_discarded_unseen(patient, here):
    save(patient, here, "One")
    with pytest.raises(DraftConflict):
        actions.discard_draft(viewer=load_viewer(patient), place=here, version=0)
    actions.discard_draft(viewer=load_viewer(patient), place=here, version=1)
    assert stored() == [("", 2)]


def test_the_first_draft_of_somebody_without_a_mailbox(patient, doctor):
    save(patient, NEW, "For nobody yet")
    save(patient, to(doctor), "For somebody")
    assert Mailbox.objects.count() == 2
    assert set(Mailbox.objects.values_list("version", flat=True)) == {0}
    items = selectors.draft_items(selectors.new_message_drafts(load_viewer(patient)))
    assert [item.recipient_name for item in items] == ["Amara Okafor", ""]


def test_a_deleted_account_saves_nothing(patient, here):
    viewer = load_viewer(patient)
    patient.delete()
    with pytest.raises(NotAMember):
        actions.save_draft(viewer=viewer, place=NEW, body="Text", version=0)
    assert stored() == []


def test_a_draft_to_a_deleted_account_is_not_offered(patient, doctor):
    save(patient, to(doctor), "Text")
    key = str(doctor.pk)
    doctor.delete()
    viewer = load_viewer(patient)
    assert not selectors.new_message_drafts(viewer).exists()
    assert (
        selectors.inbox(viewer, selectors.InboxQuery(with_new_message_drafts=True)).new_message_drafts == []
    )
    assert selectors.draft_at(viewer, selectors.DraftPlace(recipient=key)) is None


@pytest.mark.parametrize("versions", [{"version": 1}, {"version": 0, "newer": 1}, {"version": 1, "newer": 0}])
@pytest.mark.parametrize("was_discarded", [False, True])
def test_no_version_makes_up_for_a_recipient_who_may_not_be_written_to(
    patient, patient2, doctor, versions, was_discarded
):
    create_conversation(patient2, doctor)  # so that both have a mailbox
    place = to(patient2)
    if was_discarded:
        save(patient, NEW, "The author has a mailbox")
        actions.discard_draft(viewer=load_viewer(patient), place=place)
    with pytest.raises(InvalidInput):
        save(patient, place, "x", **versions)
    assert not Draft.objects.filter(recipient__isnull=False).exclude(body="").exists()


def test_a_list_has_at_most_fifty_drafts_of_new_messages(patient):
    for number in range(52):
        save(patient, to(create_member(Role.DOCTOR)), str(number))
    found = selectors.inbox(
        load_viewer(patient), selectors.InboxQuery(with_new_message_drafts=True)
    ).new_message_drafts
    assert [each.excerpt for each in found] == [str(number) for number in range(51, 1, -1)]


@pytest.mark.parametrize("recipient", ["x", "", "\0"])
def test_no_recipient_means_a_severed_mailbox(patient, doctor, doctor2, recipient):
    save(patient, to(doctor), "Text")
    doctor.delete()
    actions.discard_draft(viewer=load_viewer(patient), place=DraftPlace(recipient=recipient))
    actions.start_conversation(sender=patient, recipient=doctor2, body="Sent", draft=9, was=recipient or "x")
    assert ("Text", 1) in stored()


def test_a_send_names_the_recipient_under_whom_its_draft_was_saved(patient, doctor, doctor2):
    save(patient, NEW, "Whom?")
    save(patient, to(doctor), "Another text")
    actions.start_conversation(sender=patient, recipient=doctor2, body="Whom?", draft=1, was="")
    assert stored() == [("", 2), ("Another text", 1)]
    save(patient, to(doctor2), "A third text")
    actions.start_conversation(sender=patient, recipient=doctor, body="Sent", draft=1, was=str(doctor2.pk))
    assert stored() == [("", 2), ("Another text", 1), ("", 2)]


def test_what_was_saved_for_the_recipient_meanwhile_goes_if_it_is_the_sent_text(patient, doctor):
    save(patient, NEW, "Text")
    save(patient, to(doctor), "Text", 1, was=NEW)
    actions.start_conversation(sender=patient, recipient=doctor, body="Text", draft=1, was="")
    assert [body for body, _version in stored()] == ["", ""]


def test_the_limit_counts_the_saves_of_a_minute(patient, here):
    draft = save(patient, here, "One")
    assert draft.counted_saves == 1
    Draft.objects.update(counted_saves=SAVES_LIMIT)
    with pytest.raises(Throttled) as refusal:
        save(patient, here, "Two", 1)
    assert 0 < refusal.value.retry_after <= 60
    Draft.objects.update(counted_from=F("counted_from") - timedelta(seconds=61))
    assert save(patient, here, "Two", 1).counted_saves == 1


def test_what_cannot_be_stored(patient, here):
    for body in ("nul \0", "x" * 10_001):
        with pytest.raises(InvalidInput):
            save(patient, here, body)
    assert stored() == []


# Two texts


def texts():
    return list(Draft.objects.order_by("pk").values_list("body", "version", "other"))


@pytest.fixture
def refused(patient, here):
    """The phone has saved twice. What was typed at the desk from version 1 was refused."""
    save(patient, here, "Phone")
    save(patient, here, "Phone, longer", 1)
    with pytest.raises(DraftConflict):
        save(patient, here, "Desk", 1)
    assert texts() == [("Phone, longer", 2, "Desk")]


def send(patient, conversation, text, draft=None):
    actions.send_message(conversation=conversation, sender=patient, body=text, draft=draft)


def test_a_refused_text_is_kept_up_to_date(patient, here, refused):
    with pytest.raises(DraftConflict):
        save(patient, here, "Desk, longer", 1)
    save(patient, here, "Phone, much longer", 2)
    assert texts() == [("Phone, much longer", 3, "Desk, longer")]
    with pytest.raises(DraftConflict):
        save(patient, here, " ", 1)
    assert texts() == [("Phone, much longer", 3, "")]


@pytest.mark.parametrize("chosen", ["Desk", "Phone, longer"])
def test_after_the_choice_one_text_is_left(patient, here, refused, chosen):
    for _time in range(2):
        save(patient, here, chosen, 1, newer=2)
    assert {(body, other) for body, _version, other in texts()} == {(chosen, "")}


def test_a_text_that_was_sent_elsewhere_makes_room_for_the_other(patient, conversation, here, refused):
    send(patient, conversation, "Phone, longer", 2)
    assert texts() == [("Desk", 3, "")]
    assert save(patient, here, "Desk", 1).version == 3


def test_a_text_that_was_discarded_elsewhere_makes_room_for_the_other(patient, here, refused):
    with pytest.raises(DraftConflict):
        actions.discard_draft(viewer=load_viewer(patient), place=here, version=2)
    assert texts() == [("Desk", 3, "")]


def test_a_blank_save_does_not_hide_the_other_text(patient, here, refused):
    with pytest.raises(DraftConflict):
        save(patient, here, "", 2)
    with pytest.raises(DraftConflict):
        save(patient, here, "Phone again", 2)
    assert texts() == [("Desk", 3, "Phone again")]


@pytest.mark.parametrize("sent", ["Desk", "Desk, and more"])
def test_a_refused_text_that_was_sent_does_not_come_back(patient, conversation, here, refused, sent):
    send(patient, conversation, sent, 1)
    with pytest.raises(DraftConflict):
        save(patient, here, "Desk", 1)
    assert texts() == [("Phone, longer", 2, "")]


def test_a_send_that_names_no_draft_empties_both_texts(patient, conversation, refused):
    send(patient, conversation, "From an app")
    assert texts() == [("", 3, "")]


def test_discarding_any_version_empties_both_texts(patient, here, refused):
    actions.discard_draft(viewer=load_viewer(patient), place=here)
    assert texts() == [("", 3, "")]


@pytest.mark.parametrize("version", [-1, 10**30])
def test_no_version_is_too_big_to_be_refused(patient, conversation, here, version):
    save(patient, here, "Phone")
    with pytest.raises(DraftConflict):
        save(patient, here, "Desk", version)
    assert texts() == [("Phone", 1, "Desk")]
    send(patient, conversation, "Sent", -(10**30))
    send(patient, conversation, "Sent", 10**30)
    assert texts() == [("", 2, "")]


def test_a_text_that_moves_to_another_recipient_is_kept_next_to_the_draft_there(patient, doctor):
    save(patient, to(doctor), "There already")
    save(patient, NEW, "Mine")
    with pytest.raises(DraftConflict):
        save(patient, to(doctor), "Mine, for you", 1, was=NEW)
    assert texts() == [("There already", 1, "Mine, for you"), ("Mine", 1, "")]
    actions.start_conversation(sender=patient, recipient=doctor, body="Mine, for you, now", draft=1, was="")
    assert texts() == [("There already", 1, ""), ("", 2, "")]


def test_erasing_and_pruning_empty_both_texts(patient, here, refused):
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=31))
    assert actions.prune_drafts(older_than=timedelta(days=30)) == 0
    Draft.objects.update(counted_from=timezone.now() - timedelta(days=31))
    assert actions.prune_drafts(older_than=timedelta(days=30)) == 1
    assert texts() == [("", 3, "")]


# Pruning


@pytest.fixture
def old(patient, doctor, here):
    """A draft that was saved 31 days ago, and one that was saved 29 days ago."""
    save(patient, here, "Old")
    save(patient, to(doctor), "Young")
    for body, age in (("Old", 31), ("Young", 29)):
        then = timezone.now() - timedelta(days=age)
        Draft.objects.filter(body=body).update(saved_at=then, counted_from=then)


def test_old_texts_go_and_their_versions_stay(patient, here, old):
    assert actions.prune_drafts(older_than=timedelta(days=30)) == 1
    assert stored() == [("", 2), ("Young", 1)]
    assert actions.prune_drafts(older_than=timedelta(days=30)) == 0
    with pytest.raises(DraftConflict):
        save(patient, here, "From a page that was open all the time", 1)


def test_the_command_prunes_every_clinic(old, other_clinic, capsys):
    call_command("messages_prune_drafts")
    assert "alder: 1 deleted." in capsys.readouterr().out
    call_command("messages_prune_drafts", "--days", "1", "--schema", other_clinic)
    connection.set_schema("alder")
    assert stored() == [("", 2), ("Young", 1)]
    with schema_context(other_clinic):
        assert stored() == []


@pytest.mark.parametrize("days", ["0", "-1", "x", "", "1.5"])
def test_what_is_no_number_of_days(db, days):
    with pytest.raises(CommandError, match="is not a number of days"):
        call_command("messages_prune_drafts", f"--days={days}")


def test_everything_is_no_age(clinic):
    with pytest.raises(ValueError, match="positive"):
        actions.prune_drafts(older_than=timedelta(0))


# Others


def test_a_draft_is_in_no_export_and_in_no_search(patient, doctor, admin, conversation, here):
    save(patient, here, "Only a draft")
    viewer = load_viewer(patient)
    assert selectors.inbox(viewer, selectors.InboxQuery(search="only")).items == []
    assert mailbox(patient).version == 1
    other = create_conversation(doctor, patient)
    assert selectors.conversation(viewer, other.pk).draft is None


def test_the_text_is_in_no_representation(patient, here):
    draft = save(patient, here, "Secret words")
    Draft.objects.update(other="Secret, too", other_version=0)
    draft.refresh_from_db()
    viewer = load_viewer(patient)
    [row] = selectors.inbox(viewer).items
    item = selectors.draft_with_id(viewer, draft.pk)
    assert "Secret" not in repr([row.draft, item, draft])
