"""Make two clinics and people who belong to them. Run it by manage.py shell."""

from clinics.models import Clinic, Domain, Membership, Treatment
from people.models import Person
from rest_framework.authtoken.models import Token

PEOPLE = {"patient": "Maya Ferreira", "doctor": "Amara Okafor", "manager": "Zoe Adeyemi"}
people = {
    name: Person.objects.create_user(
        f"{name}@clinic.example", "tutorial", full_name=full_name, is_superuser=name == "manager"
    )
    for name, full_name in PEOPLE.items()
}
for schema in ("riverside", "hillside"):
    clinic = Clinic.objects.create(schema_name=schema, name=schema.title())
    Domain.objects.create(tenant=clinic, domain=f"{schema}.localhost", is_primary=True)
    for name, role in (("patient", "patient"), ("doctor", "doctor"), ("manager", "admin")):
        if name == "patient" or schema == "riverside":
            Membership.objects.create(
                clinic=clinic, user=people[name], role=role, is_manager=name == "manager"
            )
    if schema == "riverside":
        Treatment.objects.create(clinic=clinic, patient=people["patient"], doctor=people["doctor"])
Token.objects.create(user=people["patient"], key="token-of-the-patient")
