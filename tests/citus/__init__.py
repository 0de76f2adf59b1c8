"""Tests of a portal on Citus: `make test-citus CITUS_DSN=…`. Not in `make test`: a cluster must be there.

The database of CITUS_DSN must be empty, or left behind by an earlier run. The role owns it and is no
superuser, as docs/how-to/many-servers.md has it. The clinics stay there, and a new run adds people and
messages of its own.
"""
