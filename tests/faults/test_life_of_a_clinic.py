"""The guide to one clinic's life, done as it is written: rename, dump, restore, move, remove."""

from __future__ import annotations

import pytest

from tests.faults.furnish import furnish
from tests.faults.guide import Guide, shell

GUIDE = Guide("how-to/life-of-a-clinic.md", riverside="alder", riverview="cedar")
TEXT = "Secret of alder"


@pytest.fixture(scope="module")
def clinics(cluster):
    Guide("how-to/database.md").administer(cluster, "Back up")
    return furnish(cluster)


def run(cluster, section, **environment):
    """Run all commands of a section, in order. Returns what they printed."""
    printed = ""
    for block in GUIDE.blocks(section, "sh"):
        done = shell(cluster, block, **environment)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        printed += done.stdout
    return printed


def texts(cluster, schema, **where):
    with cluster.connect("portal", **where) as connection:
        connection.execute(f"SET search_path = {schema}")  # row security shows nothing else
        return [text for (text,) in connection.execute("SELECT body FROM vclinic_messages_message")]


def test_a_clinics_life(cluster, clinics, tmp_path):
    assert "alder: protected" in run(cluster, "Add a clinic")

    assert "training: protected" in run(cluster, "Copy a clinic")
    assert texts(cluster, "training") == []

    printed = run(cluster, "Rename a clinic")
    assert "cedar: protected" in printed
    assert "cedar: all counters are correct" in printed
    assert texts(cluster, "cedar") == [TEXT]

    dump = str(tmp_path / "cedar.dump")
    run(cluster, "Dump one clinic", DUMP=dump)
    printed = run(cluster, "Restore one clinic", DUMP=dump)
    assert "cedar: protected" in printed
    assert "cedar: all counters are correct" in printed
    assert texts(cluster, "cedar") == [TEXT]
    assert texts(cluster, "birch") == ["Secret of birch"]

    GUIDE.administer(cluster, "Move a clinic to another database")
    printed = run(cluster, "Move a clinic to another database", DUMP=dump, database="portal_new")
    assert "cedar: protected" in printed
    assert "cedar: all counters are correct" in printed
    assert texts(cluster, "cedar", database="portal_new") == [TEXT]

    with cluster.connect() as connection:
        connection.execute("DROP SCHEMA cedar_damaged CASCADE")
    run(cluster, "Remove Messages from a portal")
    with cluster.connect() as connection:
        left = """
            SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE relname LIKE 'vclinic_messages%' OR relname LIKE 'vcm_%'
            UNION ALL SELECT nspname, proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE proname LIKE 'vclinic_messages%'
        """
        assert connection.execute(left).fetchall() == []
