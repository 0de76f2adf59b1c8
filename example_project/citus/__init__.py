"""The demo portal on Citus: docs/how-to/many-servers.md explains each line."""
