"""Making the groups from which the default directory reads the roles."""

from __future__ import annotations

from vclinic_messages.directory.groups import groups_model, missing_groups
from vclinic_messages.tenancy import clinic_transaction, verify_clinic


def create_groups() -> list[str]:
    """Make those of the groups in GROUPS that the current clinic does not have. Returns their names.

    For a directory that reads the roles from groups. Raises ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        missing = missing_groups()
        for name in missing:
            groups_model()._default_manager.get_or_create(name=name)
    return missing
