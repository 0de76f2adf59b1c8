"""The database backend of a portal on Citus: ``ORIGINAL_BACKEND = "vclinic_messages.citus"``."""
