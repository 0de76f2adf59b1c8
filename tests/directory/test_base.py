"""What holds for the directory of every portal."""

from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.models import Role


def test_describe_by_key_returns_the_keys_as_they_were_given(
    group_directory, patient, doctor, django_assert_num_queries
):
    gone = doctor.pk
    doctor.delete()
    with django_assert_num_queries(1):
        people = describe_by_key(key for key in (patient.pk, gone, None))
    assert people == {patient.pk: Person(str(patient.pk), "Maya Ferreira", Role.PATIENT)}
