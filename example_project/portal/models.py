"""The pages that a clinic edits in Wagtail."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.blocks import CharBlock, StructBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from example_project.people.models import Profile

TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul", "h3"]


def team() -> QuerySet[Profile]:
    """Return the people on the page "Our team", in its order."""
    return (
        Profile.objects.filter(team_position__isnull=False, user__is_active=True)
        .select_related("user")
        .order_by("team_position")
    )


def greeting(hour: int) -> str:
    if hour < 12:
        return gettext("Good morning, %(name)s")
    return gettext("Good afternoon, %(name)s") if hour < 18 else gettext("Good evening, %(name)s")


class HomePage(Page):
    news_title = models.CharField(max_length=100, blank=True)
    news = RichTextField(blank=True, features=TEXT_FEATURES)
    opening_hours = StreamField(
        [("line", StructBlock([("days", CharBlock()), ("hours", CharBlock())]))], blank=True
    )

    template = "portal/home_page.html"
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel([FieldPanel("news_title"), FieldPanel("news")], heading="News"),
        FieldPanel("opening_hours"),
    ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        name = getattr(request.user, "first_name", "") or request.user.get_username()
        said = greeting(timezone.localtime().hour) % {"name": name}
        return {**context, "team": team()[:3], "greeting": said}


class TeamPage(Page):
    introduction = models.TextField(blank=True)

    template = "portal/team_page.html"
    max_count = 1
    parent_page_types = ["portal.HomePage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), "team": team()}


class ContentPage(Page):
    body = RichTextField(features=TEXT_FEATURES)

    template = "portal/content_page.html"
    parent_page_types = ["portal.HomePage", "portal.ContentPage"]
    content_panels = [*Page.content_panels, FieldPanel("body")]
