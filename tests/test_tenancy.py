"""The two ways to run SQL by hand: neither works without the check of the clinic."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.isolation.test_wrong_search_path import misplaced
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.tenancy import clinic_cursor, run_in_clinic, verify_clinic


def test_a_statement_without_the_check_is_refused(clinic, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(ValueError, match="does not check the clinic"):
        run_in_clinic("SELECT count(*) FROM vclinic_messages_message")


def test_a_statement_with_the_check_gets_its_values(clinic):
    assert run_in_clinic("SELECT %(number)s::int WHERE {in_clinic}", {"number": 7}) == [(7,)]


def test_in_the_wrong_schema_a_statement_finds_nothing(db):
    with misplaced("alder", "birch"):
        assert run_in_clinic("SELECT 1 WHERE {in_clinic}") == []


def test_a_cursor_is_in_a_transaction_that_checked_the_clinic(clinic):
    with clinic_cursor() as cursor:
        assert connection.in_atomic_block
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == (clinic,)


def test_in_the_wrong_schema_there_is_no_cursor(db):
    with misplaced("alder", "birch"):
        with pytest.raises(ClinicMismatch):
            verify_clinic()
        with pytest.raises(ClinicMismatch), clinic_cursor():
            pytest.fail("got a cursor of another clinic")
