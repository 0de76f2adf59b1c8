"""The cursor misses nothing, in whatever order transactions commit."""

from __future__ import annotations

import threading

from django.db import connection, transaction
from django_tenants.utils import schema_context

from vclinic_messages import actions, selectors
from vclinic_messages.models import Conversation
from vclinic_messages.viewer import load_viewer

WRITERS = 50


class RolledBack(Exception):
    pass


def test_a_reader_by_cursor_sees_every_committed_conversation_once(people, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 1000}
    alder = people["alder"]
    barrier, done = threading.Barrier(WRITERS), threading.Event()
    failures = []

    def write(number):
        try:
            with schema_context("alder"):
                barrier.wait()
                with transaction.atomic():
                    actions.start_conversation(
                        sender=alder.doctor,
                        recipient=alder.patient,
                        body=f"Number {number}",
                        key=f"k{number}",
                    )
                    if number % 5 == 0:
                        raise RolledBack
        except RolledBack:
            pass
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    seen = []

    def read():
        cursor = selectors.Cursor.parse("0-0")
        with schema_context("alder"):
            while True:
                last_round = done.is_set()
                state = selectors.live_state(load_viewer(alder.patient), cursor)
                seen.extend(event.conversation for event in state.events)
                cursor = state.cursor
                if last_round and not state.more:
                    break
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert failures == []
    assert len(seen) == len(set(seen)) == WRITERS - WRITERS // 5
    assert set(seen) == set(Conversation.objects.values_list("pk", flat=True))
