"""What an open page asks by itself does not extend the session of its reader."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from tests.pages.visitor import INBOX
from vclinic_messages.pages import urls

BACKGROUND = {"VCM-Background": "1"}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "route", [str(each.pattern) for each in urls.urlpatterns if "<str:token>" not in str(each.pattern)]
)
def test_only_what_the_person_does_extends_it(visit, doctor, conversation, settings, route, method):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    visitor = visit(doctor)
    path = INBOX + route.replace("<uuid:conversation_id>", str(conversation.pk)).replace(
        "<int:reply_id>", "1"
    )

    def expiry_after(headers):
        visitor.send(method, path, headers=headers)
        return Session.objects.get().expire_date

    before = Session.objects.get().expire_date
    assert expiry_after(BACKGROUND) == before
    assert expiry_after({}) > before
