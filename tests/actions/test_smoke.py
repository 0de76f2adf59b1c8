from vclinic_messages import actions, selectors
from vclinic_messages.feature import load_viewer


def test_two_people_exchange_messages(patient, doctor):
    conversation = actions.start_conversation(sender=patient, recipient=doctor, body="Hello")
    message = actions.send_message(conversation=conversation, sender=doctor, body="Hi", key="k1")
    viewer = load_viewer(patient)
    assert viewer.unread_conversations == 1
    [row] = selectors.inbox(viewer).items
    assert row.unread_count == 1
    assert actions.mark_read(conversation=conversation, reader=patient, up_to=message.pk) == 0
    assert [item.body for item in selectors.thread(viewer, row).items] == ["Hello", "Hi"]
