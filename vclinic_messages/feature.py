"""Is Messages on for this clinic and this person? Pages, API and template tags all ask here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.db import Error as DatabaseFault
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.generic.base import View

from vclinic_messages.conf import app_settings, session_cookie_name
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import (
    ClinicMismatch,
    ConversationNotFound,
    MessagesDisabled,
    MessagesError,
    NotAMember,
    Unavailable,
)
from vclinic_messages.faults import coded_faults
from vclinic_messages.live.events import session_mark
from vclinic_messages.models import MessagesSettings, Participant, Role
from vclinic_messages.tenancy import (
    clinic_name,
    clinic_schema,
    clinic_transaction,
    database,
    expected_schema,
    in_transaction,
    verify_clinic,
)

_MEMO = "_vclinic_messages_viewer"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who may use Messages in this clinic now, and the numbers of their mailbox.

    ``key`` is the user's primary key; ``session`` marks the session that they are in: without one, as with a
    token, the day.
    """

    user: AbstractBaseUser
    key: Any
    role: Role
    settings: MessagesSettings
    unread_conversations: int
    seq: int
    version: int
    session: str


def clinic_settings() -> MessagesSettings | None:
    """The clinic's settings; None outside a clinic or where the row is missing, which means off.

    One statement, which also makes sure of the clinic. Raises ClinicMismatch.
    """
    return _in_clinic(MessagesSettings.objects.first)


def require_enabled() -> MessagesSettings:
    """The clinic's settings, if Messages is on. Raises MessagesDisabled or ClinicMismatch."""
    settings = clinic_settings()
    if settings is None or not settings.enabled:
        raise MessagesDisabled
    return settings


def load_viewer(user: AbstractBaseUser, session_key: str | None = None) -> Viewer:
    """What this person may use now: one statement, and one question to the directory.

    Raises MessagesDisabled, NotAMember or ClinicMismatch.
    """
    found = _in_clinic(lambda: _with_mailbox(user))
    if found is None or not found[0].enabled:
        raise MessagesDisabled
    settings, numbers = found
    role = get_directory().role(user)
    if role is None:
        raise NotAMember
    return Viewer(
        user=user,
        key=user.pk,
        role=role,
        settings=settings,
        **numbers,
        session=session_mark(expected_schema(), session_key or str(timezone.localdate())),
    )


def viewer(request: HttpRequest) -> Viewer:
    """The request's viewer, looked up once. Raises what ``load_viewer`` raises."""
    if not hasattr(request, _MEMO):
        try:
            session = getattr(request, "session", None)
            key = getattr(session, "session_key", None)
            setattr(request, _MEMO, load_viewer(request.user, key))  # type: ignore[arg-type]
        except (MessagesDisabled, NotAMember) as refusal:
            setattr(request, _MEMO, refusal)
    found = getattr(request, _MEMO)
    if isinstance(found, Viewer):
        return found
    raise found


def visible_viewer(request: HttpRequest) -> Viewer | None:
    """The viewer for whom the portal shows Messages at all; None for everybody else."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    try:
        with nullcontext() if in_transaction() else coded_faults():
            return viewer(request)
    except (MessagesDisabled, NotAMember, ClinicMismatch, Unavailable):
        return None


def unread_conversations(user: AbstractBaseUser) -> int:
    """How many of this person's conversations hold something unread."""
    return int(Participant.objects.filter(user=user, unread_count__gt=0).count())


class MessagesViewMixin(View):
    """Lets a page be seen only by those who may use Messages, and says to everybody else why not."""

    viewer: Viewer

    @sensitive_variables()  # whatever fails below: error reports show no variable, a text may be in any
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            with coded_faults():
                response = self._respond(request, *args, **kwargs)
        except (ClinicMismatch, Unavailable) as refusal:
            response = unavailable_page(request, refusal)
        response["Cache-Control"] = "private, no-store"
        return response

    def _respond(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            # One transaction: behind a pooler who asks, what they may and what they see come from one clinic.
            with clinic_transaction():
                if not request.user.is_authenticated:
                    verify_clinic()  # elsewhere the session is not found, and signing in again is for nothing
                    return redirect_to_login(request.get_full_path())
                self.viewer = viewer(request)
                return super().dispatch(request, *args, **kwargs)
        except MessagesDisabled:
            return off_page(request)
        except NotAMember as refusal:
            return _refusal_page(request, "not_a_member", refusal.status)
        except ConversationNotFound as refusal:
            return _refusal_page(request, "not_found", refusal.status)


def off_page(request: HttpRequest) -> HttpResponse:
    """What stands at the address of Messages while it is off: 404, with whom to phone instead."""
    return _refusal_page(request, "off", 404)


def unavailable_page(request: HttpRequest, refusal: ClinicMismatch | Unavailable) -> HttpResponse:
    """What stands there while the database does not answer, with the text that was posted.

    In the portal's layout if that can be rendered, else in one of our own, which asks for nothing: the
    portal's would show the pages of the wrong clinic.
    """
    keep_session(request, refusal)
    alone = "vclinic_messages/layouts/alone.html"
    layouts = [alone] if isinstance(refusal, ClinicMismatch) else [app_settings.BASE_TEMPLATE, alone]
    try:
        response = _page_without_clinic(request, layouts[0], refusal)
    except DatabaseFault:
        response = _page_without_clinic(request, layouts[-1], refusal)
    response["Retry-After"] = str(refusal.retry_after)
    return response


def keep_session(request: HttpRequest, refusal: MessagesError) -> None:
    """In the wrong clinic the session was not found, and Django would take the cookie away: it stays."""
    session = getattr(request, "session", None)
    if session is not None and isinstance(refusal, ClinicMismatch):
        request.session = type(session)(request.COOKIES.get(session_cookie_name()))


def _page_without_clinic(request: HttpRequest, base_template: str, refusal: MessagesError) -> HttpResponse:
    # With its key, so that trying again sends it once.
    posted = [(name, request.POST.get(name, "")) for name in ("recipient", "body", "key", "seen")]
    context = _page_context(base_template=base_template, posted=posted)
    return render(request, "vclinic_messages/pages/unavailable.html", context, status=refusal.status)


def _refusal_page(request: HttpRequest, name: str, status: int) -> HttpResponse:
    context = _page_context(clinic_settings=clinic_settings(), person=request.user.pk)
    return render(request, f"vclinic_messages/pages/{name}.html", context, status=status)


def _page_context(**context: Any) -> dict[str, Any]:
    return {
        "clinic_name": clinic_name(),
        "home_url": resolve_url(app_settings.HOME_URL),
        "base_template": app_settings.BASE_TEMPLATE,
        "color_scheme": app_settings.COLOR_SCHEME,
        **context,
    }


def _in_clinic(read: Callable[[], Found | None]) -> Found | None:
    if clinic_schema() is None:
        return None
    found = read()
    if found is None:
        verify_clinic()
    return found


def _with_mailbox(user: AbstractBaseUser) -> tuple[MessagesSettings, dict[str, int]] | None:
    """The settings row with the person's numbers beside it: one statement for badge and feature.

    By hand: every page of the portal asks it, and making it from query sets takes longer than its answer.
    """
    connection = database()
    fields = MessagesSettings._meta.concrete_fields
    columns = ", ".join(f"settings.{connection.ops.quote_name(field.column)}" for field in fields)
    key = user._meta.pk.get_db_prep_value(user.pk, connection)
    with connection.cursor() as cursor:
        values = {"user": key, "schema": expected_schema()}
        cursor.execute(_WITH_MAILBOX.format(columns=columns), values)
        row = cursor.fetchone()
    if row is None:
        return None
    seq, version, unread, *settings = row
    numbers = {"seq": seq or 0, "version": version or 0, "unread_conversations": unread}
    names = [field.attname for field in fields]
    return MessagesSettings.from_db(connection.alias, names, settings), numbers


_WITH_MAILBOX = """
    SELECT mailbox.seq, mailbox.version, (
        SELECT count(*) FROM vclinic_messages_participant WHERE user_id = %(user)s AND unread_count > 0
    ), {columns}
    FROM vclinic_messages_messagessettings settings
    LEFT JOIN vclinic_messages_mailbox mailbox ON mailbox.user_id = %(user)s
    WHERE current_schema() = %(schema)s
    ORDER BY settings.id
    LIMIT 1
"""
