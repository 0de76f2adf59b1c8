"""Plans that need pg_trgm of PostgreSQL's contrib, which the embedded PostgreSQL lacks.

`make test-debian` collects this file; by its name alone it is not collected.
"""

from __future__ import annotations


def test_recipients_are_found_by_name_in_the_indexes_that_the_docs_advise(heavy):
    plan = heavy.plan_of_recipients(
        among=5_000,
        search="more-4711",
        indexes=[
            "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public",
            """CREATE INDEX user_words ON auth_user USING gin (upper(last_name) public.gin_trgm_ops,
            upper(first_name) public.gin_trgm_ops, upper(username) public.gin_trgm_ops)""",
            """CREATE INDEX profile_words ON people_profile USING gin (upper(title) public.gin_trgm_ops,
            upper(description) public.gin_trgm_ops)""",
        ],
    )
    assert {"user_words", "profile_words"} <= plan.indexes
    assert not plan.scanned & {"auth_user", "people_profile"}
