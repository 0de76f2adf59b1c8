"""Make a clinic and its people. Run it by manage.py shell."""

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django_tenants.utils import get_tenant_domain_model, get_tenant_model, schema_context

clinic = get_tenant_model().objects.create(schema_name="riverside", name="Riverside")
for domain in ("riverside.localhost", "riverside"):  # the second is a folder
    get_tenant_domain_model().objects.create(tenant=clinic, domain=domain, is_primary="." in domain)
call_command("messages_create_groups")
with schema_context("riverside"):
    for name, group in (("patient", "Patients"), ("doctor", "Doctors")):
        user = User.objects.create_user(name, password="tutorial")
        user.groups.add(Group.objects.get(name=group))
    User.objects.create_superuser("manager", password="tutorial")
