"""Databases that look like a connection pooler."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.options import set_live_options
from vclinic_messages.checks import live


@pytest.mark.parametrize(
    ("values", "sign"),
    [({"PORT": "6432"}, "its port is 6432"), ({"DISABLE_SERVER_SIDE_CURSORS": True}, "CURSORS is on")],
)
def test_streams_behind_a_pooler_need_a_direct_connection(settings, monkeypatch, values, sign):
    assert live.check_listener() == []
    for name, value in values.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    [warning] = live.check_listener()
    assert warning.id == "vclinic_messages.W050"
    assert sign in warning.msg
    for options in ({"LISTEN_DSN": "postgresql://db/portal"}, {"MODE": "poll"}, {"BACKEND": "redis"}):
        set_live_options(settings, **options)
        assert live.check_listener() == []


def test_a_database_without_the_setting_is_no_pooler(monkeypatch):
    monkeypatch.delitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", raising=False)
    assert live.check_listener() == []
