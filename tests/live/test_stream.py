"""The stream, on real sockets and a real PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from tests.live.streaming import STATE, TICKET, Listener, get_ticket, listening
from tests.servers import sign_in
from vclinic_messages import actions
from vclinic_messages.live.hub import STREAMS_PER_PERSON
from vclinic_messages.models import Mailbox


def write(people, body="Hello"):
    with schema_context(people.clinic):
        return actions.start_conversation(sender=people.doctor, recipient=people.patient, body=body)


def test_a_message_pokes_its_recipient_with_the_mailboxs_version(portal, people):
    alder = people["alder"]
    with listening(portal, "alder", alder.sessions.patient) as stream:
        write(alder)
        poke = stream.wait_for("poke")
        assert poke == {"v": Mailbox.objects.get(user=alder.patient).version}
        write(alder)
        assert stream.wait_for("poke", count=2) == {"v": poke["v"] + 1}


def test_equal_user_ids_of_two_clinics_do_not_share_pokes(portal, people):
    with (
        listening(portal, "alder", people["alder"].sessions.patient) as alder,
        listening(portal, "birch", people["birch"].sessions.patient) as birch,
    ):
        write(people["birch"])
        birch.wait_for("poke")
        assert "poke" not in alder.kinds()


def test_a_rollback_gives_no_poke(portal, people):
    alder = people["alder"]
    with listening(portal, "alder", alder.sessions.patient) as stream:
        with pytest.raises(RuntimeError), transaction.atomic():
            actions.start_conversation(sender=alder.doctor, recipient=alder.patient, body="Never mind")
            raise RuntimeError
        write(alder)
        stream.wait_for("poke")
        assert stream.kinds().count("poke") == 1


FORGED = (
    "",
    "[]",
    "{",
    '{"s":"birch","v":{"71":9}}',
    '{"s":"alder","v":{"71":9}}',
    '{"s":"alder","v":{"71":"x"}}',
    '{"s":"alder","v":{"71":Infinity}}',
    '{"s":"alder","end":"off","k":null}',
    r'{"s":"alder","end":"\ud800","k":null}',
    '{"s":"alder","sync":true}',
    "[" * 7000,
)


def test_a_forged_payload_is_ignored_and_costs_the_listener_nothing(portal, people):
    """Any role that may connect can notify. It does not know the key with which we sign."""
    alder = people["alder"]
    with listening(portal, "alder", alder.sessions.patient) as stream:
        stream.wait_for("sync")
        with connection.cursor() as cursor:
            for payload in FORGED:
                cursor.execute("SELECT pg_notify('vclinic_messages', %s)", [payload])
        write(alder)
        assert stream.wait_for("poke") == {"v": 1}
        assert stream.kinds() == ["open", "sync", "poke"]


def test_a_ticket_opens_one_stream(portal, people):
    path = get_ticket(portal, "alder", people["alder"].sessions.patient)
    first, second = Listener(portal, "alder", path), None
    try:
        first.wait_for("open")
        second = Listener(portal, "alder", path)
        assert second.closed.wait(5)
        assert second.status == 403
        assert "bye" not in first.kinds()
    finally:
        for listener in filter(None, (first, second)):
            listener.stop()


def test_one_person_has_ten_streams_and_the_oldest_ends(portal, people):
    alder = people["alder"]
    with ExitStack() as stack:
        doctor = stack.enter_context(listening(portal, "alder", alder.sessions.doctor))
        streams = [
            stack.enter_context(listening(portal, "alder", alder.sessions.patient))
            for _ in range(STREAMS_PER_PERSON + 1)
        ]
        assert streams[0].wait_for("bye") == {"why": "renew"}
        assert streams[0].closed.wait(5)
        write(alder)
        for stream in (doctor, *streams[1:]):
            stream.wait_for("poke")


def test_a_ticket_of_one_clinic_opens_nothing_at_another(portal, people):
    path = get_ticket(portal, "alder", people["alder"].sessions.patient)
    with portal.client("birch") as client:
        assert client.get(path).status_code == 403
    with portal.client("alder") as client:
        assert client.get(path.replace("ticket=", "ticket=x")).status_code == 403
        assert client.get(f"{path}x").status_code == 403
        assert client.get(path.split("?")[0]).status_code == 403
        assert client.post(path).status_code == 405


def test_tickets_are_for_those_who_may_use_messages_and_are_not_cached(portal, people):
    with portal.client("alder") as client:
        assert client.post(TICKET).json()["code"] == "not_authenticated"
    with portal.client("alder", people["alder"].sessions.patient) as client:
        assert client.post(TICKET).json()["code"] == "permission_denied"
        client.cookies.set("csrftoken", "a" * 32)
        answer = client.post(TICKET, headers={"X-CSRFToken": "a" * 32})
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.json()["expires_in"] == 60


def test_signing_out_ends_the_streams_of_that_session_only(portal, people):
    alder = people["alder"]
    other_session = sign_in(alder.patient)
    with (
        listening(portal, "alder", alder.sessions.patient) as here,
        listening(portal, "alder", other_session) as elsewhere,
    ):
        with portal.client("alder", alder.sessions.patient) as client:
            client.cookies.set("csrftoken", "a" * 32)
            assert client.post("/logout/", headers={"X-CSRFToken": "a" * 32}).status_code == 302
        assert here.wait_for("bye") == {"why": "logout"}
        assert here.closed.wait(5)
        write(alder)
        elsewhere.wait_for("poke")
        assert "bye" not in elsewhere.kinds()


def test_a_ticket_from_before_the_sign_out_opens_nothing(portal, people):
    alder = people["alder"]
    mine = get_ticket(portal, "alder", alder.sessions.patient)
    other = get_ticket(portal, "alder", sign_in(alder.patient))
    with listening(portal, "alder", alder.sessions.patient) as here:
        with portal.client("alder", alder.sessions.patient) as client:
            client.cookies.set("csrftoken", "a" * 32)
            assert client.post("/logout/", headers={"X-CSRFToken": "a" * 32}).status_code == 302
        assert here.closed.wait(5)
    late, elsewhere = Listener(portal, "alder", mine), Listener(portal, "alder", other)
    try:
        assert late.closed.wait(5)
        assert late.status == 403
        elsewhere.wait_for("open")
    finally:
        late.stop()
        elsewhere.stop()


def test_switching_off_ends_the_streams_of_that_clinic_only(portal, people):
    with (
        listening(portal, "alder", people["alder"].sessions.patient) as alder,
        listening(portal, "birch", people["birch"].sessions.patient) as birch,
    ):
        actions.change_settings(enabled=False)
        assert alder.wait_for("bye") == {"why": "off"}
        write(people["birch"])
        birch.wait_for("poke")


def test_new_settings_tell_everybody_of_the_clinic_to_fetch_again(portal, people):
    with (
        listening(portal, "alder", people["alder"].sessions.patient) as patient,
        listening(portal, "alder", people["alder"].sessions.doctor) as doctor,
        listening(portal, "birch", people["birch"].sessions.patient) as birch,
    ):
        patient.wait_for("sync")  # the first stream: the listener began to hear
        actions.change_settings(phone="555-0177")
        assert doctor.wait_for("sync", seconds=1) == {}
        patient.wait_for("sync", count=2, seconds=1)
        actions.change_settings(phone="555-0177")
        write(people["birch"])
        birch.wait_for("poke")
        assert "sync" not in birch.kinds()
        assert patient.kinds().count("sync") == 2


def test_a_lost_listener_comes_back_and_tells_everybody_to_fetch_again(portal, people):
    alder = people["alder"]
    with listening(portal, "alder", alder.sessions.patient) as stream:
        stream.wait_for("sync")
        assert terminate_listeners() == 1
        write(alder, "Sent while nobody listened")
        stream.wait_for("sync", count=2, seconds=20)
        pokes = stream.kinds().count("poke")
        write(alder)
        stream.wait_for("poke", count=pokes + 1)


def terminate_listeners() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_an_unknown_ticket_does_not_open(portal, people):
    listener = Listener(portal, "alder", "/messages/api/v1/live/stream/?ticket=forged")
    assert listener.closed.wait(5)
    listener.stop()
    assert listener.status == 403


def test_somebody_who_lost_their_role_gets_no_new_ticket(portal, people):
    alder = people["alder"]
    with listening(portal, "alder", alder.sessions.patient):
        alder.patient.groups.clear()
        with portal.client("alder", alder.sessions.patient) as client:
            client.cookies.set("csrftoken", "a" * 32)
            answer = client.post(TICKET, headers={"X-CSRFToken": "a" * 32})
            assert (answer.status_code, answer.json()["code"]) == (403, "not_a_member")
            assert client.get(STATE).json()["code"] == "not_a_member"
