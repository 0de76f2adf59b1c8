"""The ways around the tables: threads, caches, tickets, notifications, Wagtail's indexes, commands."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from itertools import zip_longest

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context
from wagtail.models import ReferenceIndex, Site
from wagtail.search.index import Indexed
from wagtail.snippets.models import get_snippet_models

from tests.actions.threads import at_once
from tests.isolation.conftest import furnish
from vclinic_messages import actions, selectors
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.errors import ClinicMismatch, ConversationNotFound, MessagesDisabled
from vclinic_messages.live.events import pokes, session_mark
from vclinic_messages.live.hub import Hub
from vclinic_messages.live.tickets import Ticket, issue, read
from vclinic_messages.models import Conversation, Message
from vclinic_messages.tenancy import clinic_schemas
from vclinic_messages.viewer import load_viewer

MODELS = list(apps.get_app_config("vclinic_messages").get_models())


# Code that is in the wrong clinic, or in none


def test_the_objects_of_one_clinic_do_nothing_inside_the_other(alder, birch):
    before = alder.rows(), birch.rows()
    attempts = [
        lambda: actions.send_message(conversation=alder.conversation, sender=alder.doctor, body="Hi"),
        lambda: actions.send_message(conversation=alder.conversation.pk, sender=birch.doctor, body="Hi"),
        lambda: actions.mark_read(conversation=alder.conversation, reader=alder.doctor, up_to=alder.message),
        lambda: actions.no_answer_needed(conversation=alder.conversation, actor=alder.doctor),
    ]
    for attempt in attempts:
        with schema_context("birch"), pytest.raises(ConversationNotFound):
            attempt()
    with schema_context("birch"):
        assert not Conversation.objects.filter(pk=alder.conversation.pk).exists()
        with pytest.raises(Conversation.DoesNotExist):
            alder.conversation.refresh_from_db()
        viewer = load_viewer(alder.doctor)
        assert [each.id for each in selectors.inbox(viewer).items] == [birch.conversation.pk]
    assert (alder.rows(), birch.rows()) == before


def test_outside_every_clinic_nothing_can_be_done(alder):
    connection.set_schema_to_public()
    assert clinic_settings() is None
    with pytest.raises(MessagesDisabled):
        load_viewer(alder.doctor)
    with pytest.raises(MessagesDisabled):
        actions.send_message(conversation=alder.conversation, sender=alder.doctor, body="Hi")


def test_a_new_thread_is_in_no_clinic(committed):
    alder = furnish("alder")
    found = []

    def look():
        try:
            actions.send_message(conversation=alder.conversation, sender=alder.doctor, body="Hi")
        except (MessagesDisabled, ClinicMismatch) as refusal:
            found.append(refusal.code)
        finally:
            connection.close()

    with schema_context("alder"):  # of this thread only
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == ["messages_disabled"]


def test_threads_in_two_clinics_do_not_meet(committed):
    clinics = [furnish(schema) for schema in ("alder", "birch")]

    def live(number):
        clinic, seen = clinics[number % 2], set()
        for _ in range(10):
            with schema_context(clinic.schema):
                actions.send_message(
                    conversation=clinic.conversation, sender=clinic.doctor, body=f"In {clinic.schema}"
                )
                seen |= set(Message.objects.values_list("body", flat=True))
        return {text.split()[-1] for text in seen}

    assert at_once(4, live) == [{"alder"}, {"birch"}, {"alder"}, {"birch"}]


def test_commands_look_into_each_clinic_and_leave_the_connection_where_it_was(alder, birch, capsys):
    call_command("messages_verify")
    call_command("messages_isolation")
    assert connection.schema_name == "public"
    told = capsys.readouterr().out
    for schema in clinic_schemas():
        assert f"{schema}: all counters are correct" in told
        assert f"{schema}: protected" in told
    assert "Secret" not in told


def test_answers_that_are_read_by_turns_stay_each_in_its_clinic(alder, birch):
    """They are made while they are read, after the view has returned: the connection is where it was left."""
    streams = {}
    for clinic in (alder, birch):
        path = f"/messages/{clinic.conversation.pk}/download/?format=json"
        streams[clinic.schema] = iter(clinic.api(clinic.doctor).get(path).streaming_content)
    connection.set_schema_to_public()
    told = dict.fromkeys(streams, b"")
    for parts in zip_longest(*streams.values(), fillvalue=b""):
        for schema, part in zip(streams, parts, strict=True):
            told[schema] += part
    for schema, text in told.items():
        assert re.findall(rb"Secret of (\w+)", text) == [schema.encode()]


# What travels between processes and browsers


def test_a_ticket_of_one_clinic_opens_no_stream_of_the_other():
    ticket = Ticket("birch", "7001", "mark", host="birch.localhost", origin="http://birch.localhost")
    text = issue(ticket)
    assert read(text, host="birch.localhost") == ticket
    assert read(text, host="alder.localhost") is None
    payload, signature = text.split(":", 1)
    forged = issue(replace(ticket, schema="alder", host="alder.localhost")).split(":", 1)[0]
    assert forged != payload
    for host in ("alder.localhost", "birch.localhost"):
        assert read(f"{forged}:{signature}", host=host) is None


def test_a_session_is_marked_differently_in_each_clinic():
    assert session_mark("alder", "key") != session_mark("birch", "key")


def test_a_poke_reaches_the_same_user_key_in_its_clinic_only():
    class Heard:
        def __init__(self, schema):
            self.mailbox, self.versions = (schema, "7001"), []

        def poke(self, version):
            self.versions.append(version)

    hub, streams = Hub.__new__(Hub), [Heard("alder"), Heard("birch")]
    hub._streams = {stream.mailbox: {stream} for stream in streams}
    for payload in pokes("birch", {7001: 5}):
        hub.hear(payload)
    assert [stream.versions for stream in streams] == [[], [5]]


# What the framework keeps beside the tables


def test_a_preview_in_wagtail_stays_in_its_clinic(alder, birch):
    """Wagtail sends a request of its own through the middleware, with the host of its Site record."""
    with schema_context("alder"):
        Site.objects.update(hostname="birch.localhost", port=80)
        page = Site.objects.get().root_page.specific
        response = page.make_preview_request()
        assert response.status_code == 200
        assert connection.schema_name == "alder"
        assert Conversation.objects.get().pk == alder.conversation.pk


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_index_of_wagtail_holds_a_table_of_ours(model):
    assert not issubclass(model, Indexed)
    assert model not in get_snippet_models()
    assert model not in ReferenceIndex.tracked_models


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_table_of_ours_refers_to_content_types(model):
    """Their ids differ between clinics, and Django keeps them for a whole process."""
    assert ContentType not in {field.related_model for field in model._meta.get_fields()}
