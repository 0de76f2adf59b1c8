"""Who is away in the demo, and its opening hours."""

from django.contrib.auth import get_user_model
from wagtail.models import Page

from example_project.demo_data.clinics import CLINICS
from example_project.demo_data.fill import fill_clinic
from vclinic_messages import selectors
from vclinic_messages.models import MessagesSettings
from vclinic_messages.viewer import load_viewer


def test_a_cover_who_is_away_too_leads_to_the_front_desk(clinic):
    Page.objects.filter(slug="portal").update(slug="before")  # the test's clinic has pages already
    assert fill_clinic(next(each for each in CLINICS if each.schema == "riverside"))
    patient = load_viewer(get_user_model().objects.get(username="patient"))
    people = selectors.recipients(patient).items
    away = {each.name: selectors.absences_of(patient, people).get(each.id) for each in people}
    assert {name for name, absence in away.items() if absence} == {"Dr Wei-Ling Chua", "Dr Lucía Marín"}
    assert away["Dr Wei-Ling Chua"].instead.name == "Front desk"
    settings = MessagesSettings.objects.get()
    assert {row["day"] for row in settings.opening_hours} == set(range(5))
    assert [row["reason"] for row in settings.closed_days] == ["Christmas", "New Year"]
    christmas = type(settings.today).fromisoformat(settings.closed_days[0]["first"])
    assert settings.hours.first_open_day(christmas) > christmas
