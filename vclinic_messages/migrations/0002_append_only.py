"""Messages and audit events are append-only: the database refuses to change them, whoever asks."""

from django.db import migrations

from vclinic_messages.conf import app_settings
from vclinic_messages.isolation import OFF, tolerance
from vclinic_messages.tenancy import clinic_transaction

PROTECT = """
CREATE FUNCTION vclinic_messages_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

-- Only the prune command sets the switch, and only for its own transaction.
CREATE FUNCTION vclinic_messages_refuse_delete_unless_pruning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('vclinic_messages.pruning', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% refused: % is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER vcm_message_keep BEFORE UPDATE OR DELETE ON vclinic_messages_message
    FOR EACH ROW EXECUTE FUNCTION vclinic_messages_refuse_change();
CREATE TRIGGER vcm_message_keep_all BEFORE TRUNCATE ON vclinic_messages_message
    FOR EACH STATEMENT EXECUTE FUNCTION vclinic_messages_refuse_change();

CREATE TRIGGER vcm_audit_keep BEFORE UPDATE ON vclinic_messages_auditevent
    FOR EACH ROW EXECUTE FUNCTION vclinic_messages_refuse_change();
CREATE TRIGGER vcm_audit_keep_row BEFORE DELETE ON vclinic_messages_auditevent
    FOR EACH ROW EXECUTE FUNCTION vclinic_messages_refuse_delete_unless_pruning();
CREATE TRIGGER vcm_audit_keep_all BEFORE TRUNCATE ON vclinic_messages_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION vclinic_messages_refuse_change();
"""

RELEASE = """
DROP TRIGGER IF EXISTS vcm_message_keep ON vclinic_messages_message;
DROP TRIGGER IF EXISTS vcm_message_keep_all ON vclinic_messages_message;
DROP TRIGGER IF EXISTS vcm_audit_keep ON vclinic_messages_auditevent;
DROP TRIGGER IF EXISTS vcm_audit_keep_row ON vclinic_messages_auditevent;
DROP TRIGGER IF EXISTS vcm_audit_keep_all ON vclinic_messages_auditevent;
DROP FUNCTION IF EXISTS vclinic_messages_refuse_change();
DROP FUNCTION IF EXISTS vclinic_messages_refuse_delete_unless_pruning();
"""


class Guards(migrations.RunSQL):
    """SQL that ``PROTECTIONS`` allows to fail, or forbids."""

    def database_forwards(self, *args, **kwargs):
        if app_settings.PROTECTIONS == OFF:
            return
        with tolerance(), clinic_transaction():
            super().database_forwards(*args, **kwargs)


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0001_initial")]

    operations = [Guards(PROTECT, RELEASE)]
