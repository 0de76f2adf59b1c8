"""“Seen” below my last message, where the clinic wants it."""

from __future__ import annotations

import re

from tests.pages.visitor import page, texts
from vclinic_messages import actions
from vclinic_messages.models import Message
from vclinic_messages.testing import switch_messages


def receipt(visitor, address):
    return texts(visitor.get(address), ".vcm-msg__receipt")


def read(conversation, reader):
    actions.mark_read(conversation=conversation, reader=reader, up_to=Message.objects.latest("pk").pk)


def test_off_by_default(visit, patient, doctor, conversation, address):
    read(conversation, doctor)
    assert receipt(visit(patient), address) == ["Sent"]


def test_seen_once_somebody_has_read_it(visit, patient, doctor, conversation, address):
    switch_messages(read_receipts=True)
    visit(doctor).get(address)
    assert receipt(visit(patient), address) == ["Sent"]
    read(conversation, doctor)
    [seen] = receipt(visit(patient), address)
    assert re.fullmatch(r"Seen today at \d+:\d\d [AP]M", seen)
    assert len(page(visit(patient).get(address)).select(".vcm-msg__receipt svg[aria-hidden]")) == 1


def test_arrivals_bring_the_receipt_of_the_message_that_is_shown(
    visit, patient, doctor, conversation, address
):
    own = Message.objects.get().pk
    path = f"{address}?after={own}"
    assert "vcm-fresh-receipt" not in visit(patient).ask(path, "vcm-messages").content.decode()
    switch_messages(read_receipts=True)
    assert "Sent" in visit(patient).ask(path, "vcm-messages").content.decode()
    read(conversation, doctor)
    actions.send_message(conversation=conversation, sender=doctor, body="I have read it")
    answer = visit(patient).ask(path, "vcm-messages").content.decode()
    assert f'id="vcm-receipt-{own}"' in answer
    assert "Seen today at" in answer
    assert "vcm-fresh-receipt" not in visit(doctor).ask(path, "vcm-messages").content.decode()


def test_only_below_my_last_message(visit, patient, doctor, conversation, address):
    switch_messages(read_receipts=True)
    read(conversation, doctor)
    actions.send_message(conversation=conversation, sender=patient, body="And one more")
    assert receipt(visit(patient), address) == ["Sent"]
    actions.send_message(conversation=conversation, sender=doctor, body="An answer")
    read(conversation, patient)
    assert receipt(visit(doctor), address)[0].startswith("Seen")
    assert receipt(visit(patient), address) == ["Sent"]
