"""The calls of the API. Each reads its input, calls an action or a selector, and writes its output."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from vclinic_messages import actions, policies, selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import MessagesAPIView, ViewerAPIView, conversation_key
from vclinic_messages.api.openapi import AnsweredMeanwhileOutput, ErrorOutput, documented
from vclinic_messages.api.pagination import InboxPagination, KeysetPagination, NumberPagination
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.directory import Person
from vclinic_messages.errors import AnsweredMeanwhile
from vclinic_messages.models import BODY_MAX_LENGTH, Message, MessagesSettings, Role
from vclinic_messages.policies import ROLE_FILTERS, TEAMS_FILTER
from vclinic_messages.selectors import Show
from vclinic_messages.user_types import signed_in
from vclinic_messages.viewer import ViewerMailbox, reload_viewer, request_viewer


class FeatureView(MessagesAPIView):
    """Whether Messages is on, who I am in it, and the clinic's notices."""

    @documented("feature", outputs.FeatureOutput)
    def get(self, request: Request) -> Response:
        settings = clinic_settings()
        if settings is None or not settings.enabled:
            return Response({"enabled": False, "notices": _notices(settings or MessagesSettings())})
        viewer = request_viewer(request._request)
        data = {
            "enabled": True,
            "me": selectors.me(viewer),
            "can_start": policies.start_refusal(viewer.role, viewer.settings) is None,
            "unread_conversations": viewer.unread_conversations,
            **({"waiting_conversations": viewer.waiting_conversations} if viewer.role.is_staff else {}),
            "mailboxes": [_mailbox(mailbox) for mailbox in viewer.mailboxes],
            "body_max_length": BODY_MAX_LENGTH,
            "notices": _notices(viewer.settings),
            "open": _open(viewer.settings),
        }
        return Response(outputs.FeatureOutput(data).data)


class RecipientsView(ViewerAPIView):
    """The teams and people with whom I may start a conversation, by name.

    All teams are on the first page of everybody, above its people.
    """

    @documented(
        "list_recipients",
        outputs.RecipientOutput,
        paged=True,
        filters={"filter": [*ROLE_FILTERS, TEAMS_FILTER], "q": str},
    )
    def get(self, request: Request) -> Response:
        allowed = policies.recipient_filters(self.viewer.role)
        name = inputs.choice(request, "filter", {each: each for each in allowed}, default="all")
        role = ROLE_FILTERS.get(name)
        paginator = KeysetPagination()
        paginator.search = inputs.search_text(request)
        users = selectors.recipient_users(self.viewer, role=role, search=paginator.search)
        if name == TEAMS_FILTER:
            users = users.none()
        people = selectors.persons(self.viewer, paginator.paginate_queryset(users, request), role=role)
        if name in ("all", TEAMS_FILTER) and not paginator.has_previous:
            people = [*selectors.teams(self.viewer, search=paginator.search), *people]
        away = selectors.absences_of(self.viewer, people)
        found = [_recipient(person, away.get(person.id)) for person in people]
        return paginator.get_paginated_response(outputs.RecipientOutput(found, many=True).data)


class ConversationsView(MessagesAPIView):
    """My conversations, newest activity first, or those that wait longest first. POST starts one."""

    @documented(
        "list_conversations",
        outputs.ConversationOutput,
        paged=True,
        filters={"q": str, "show": list(Show), "unread": ["true", "false"], "mailbox": str},
    )
    def get(self, request: Request) -> Response:
        viewer = request_viewer(request._request)
        paginator = InboxPagination(inputs.shown(request, is_staff=viewer.role.is_staff))
        found = paginator.paginate_inbox(
            viewer, request, search=inputs.search_text(request), mailbox=inputs.mailbox(request, viewer)
        )
        return paginator.get_paginated_response(outputs.ConversationOutput(found, many=True).data)

    @documented(
        "start_conversation", outputs.ConversationOutput, takes=inputs.StartInput, status=201, sends=True
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        data = _valid_for_viewer(inputs.StartInput, request)
        conversation = actions.start_conversation(
            sender=signed_in(request.user),
            recipient=data["recipient"],
            body=data["body"],
            key=request.headers.get("Idempotency-Key"),
            draft=data.get("draft"),
        )
        # Again, because the first conversation of a person opens their mailbox.
        summary = selectors.conversation(reload_viewer(request._request), conversation.pk)
        return Response(outputs.ConversationOutput(summary).data, status=status.HTTP_201_CREATED)


class ConversationView(ViewerAPIView):
    """One conversation of mine."""

    @documented("conversation", outputs.ConversationOutput, one=True)
    def get(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        summary = actions.open_conversation(viewer=self.viewer, conversation=key)
        return Response(outputs.ConversationOutput(summary).data)


class MessagesView(MessagesAPIView):
    """The messages of a conversation, newest first. With ``after``, only newer ones, oldest first.

    With ``around``, the page that has this message.
    """

    @documented(
        "list_messages", outputs.MessageOutput, paged=True, one=True, filters={"after": int, "around": int}
    )
    def get(self, request: Request, conversation_id: str) -> Response:
        viewer = request_viewer(request._request)
        key = conversation_key(conversation_id)
        summary = actions.open_conversation(viewer=viewer, conversation=key)
        paginator = NumberPagination()
        around = inputs.position(request, "around")
        if around is not None and not request.query_params.get(paginator.cursor_query_param):
            found = paginator.paginate_around(summary, around, request)
        else:
            rows = selectors.message_rows(summary)
            after = inputs.position(request, "after")
            rows = rows.order_by("-id") if after is None else rows.filter(id__gt=after).order_by("id")
            found = paginator.paginate_queryset(rows, request)
        items = selectors.message_items(viewer, summary, found)
        return paginator.get_paginated_response(outputs.MessageOutput(items, many=True).data)

    @documented(
        "send_message",
        outputs.MessageOutput,
        takes=inputs.SendInput,
        one=True,
        status=201,
        sends=True,
        also={409: AnsweredMeanwhileOutput},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        data = _valid_for_viewer(inputs.SendInput, request, key)
        try:
            message = actions.send_message(
                conversation=key,
                sender=signed_in(request.user),
                key=request.headers.get("Idempotency-Key"),
                **data,
            )
        except AnsweredMeanwhile as refusal:
            return self.answered(key, refusal)
        return Response(
            outputs.MessageOutput(_sent(message, str(request.user.pk))).data, status=status.HTTP_201_CREATED
        )

    def answered(self, conversation: UUID, refusal: AnsweredMeanwhile) -> Response:
        """Respond with the colleague's message that the sender has not seen."""
        viewer = request_viewer(self.request._request)
        summary = selectors.conversation(viewer, conversation)
        rows = selectors.message_rows(summary).filter(pk=refusal.message or 0)
        found = [outputs.MessageOutput(item).data for item in selectors.message_items(viewer, summary, rows)]
        data = {"code": refusal.code, "detail": str(refusal.detail), "message": next(iter(found), None)}
        return Response(data, status=refusal.status)


class ReadView(MessagesAPIView):
    """Mark a conversation as read up to a message."""

    @documented("mark_read", outputs.ReadOutput, takes=inputs.ReadInput, one=True)
    def post(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        data = _valid_for_viewer(inputs.ReadInput, request, key)
        unread = actions.mark_read(conversation=key, reader=signed_in(request.user), up_to=data["message"])
        return Response({"unread_conversations": unread})


class NoAnswerNeededView(ViewerAPIView):
    """Remove a conversation from the waiting list until the patient writes again. DELETE undoes it."""

    @documented("no_answer_needed", outputs.ConversationOutput, one=True)
    def post(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        actions.no_answer_needed(conversation=key, actor=signed_in(request.user))
        return self.changed(key)

    @documented("undo_no_answer_needed", outputs.ConversationOutput, one=True, also={409: ErrorOutput})
    def delete(self, request: Request, conversation_id: str) -> Response:
        key = conversation_key(conversation_id)
        actions.undo_no_answer_needed(conversation=key, actor=signed_in(request.user))
        return self.changed(key)

    def changed(self, conversation: UUID) -> Response:
        return Response(outputs.ConversationOutput(selectors.conversation(self.viewer, conversation)).data)


def _valid(serializer: Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


@sensitive_variables()
def _valid_for_viewer(
    form: type[Serializer[Any]], request: Request, conversation_id: UUID | None = None
) -> dict[str, Any]:
    """Return the input of a call. Its action checks later whether the viewer may do this, under its locks.

    For invalid input the action does not run. But "Messages is off", "no role" and "not found" come before
    "invalid", so they are checked here then.
    """
    try:
        return _valid(form(data=request.data))
    except APIException:
        viewer = request_viewer(request._request)
        if conversation_id is not None:
            selectors.conversation(viewer, conversation_id)
        raise


def _sent(message: Message, sender_id: str) -> selectors.MessageItem:
    sender = selectors.Sender(
        id=sender_id, name=message.sender_name, role=Role(message.sender_role), is_me=True
    )
    return selectors.MessageItem(
        id=message.pk,
        conversation=message.conversation_id,
        sender=sender,
        body=message.body,
        sent_at=message.sent_at,
        for_team=selectors.team_of(message),
    )


def _mailbox(mailbox: ViewerMailbox) -> dict[str, object]:
    return {
        "id": mailbox.name_in_lists,
        "name": mailbox.name,
        "unread_conversations": mailbox.unread_conversations,
        "waiting_conversations": mailbox.waiting_conversations,
    }


def _recipient(found: Person, away: selectors.Away | None) -> dict[str, object]:
    data: dict[str, object] = {
        "id": found.id,
        "name": found.name,
        "role": found.role,
        "description": found.description,
        "kind": "person",
        "away": away,
    }
    if isinstance(found, selectors.TeamRecipient):
        data |= {"kind": "team", "members": list(found.members)}
    return data


def _open(settings: MessagesSettings) -> dict[str, object] | None:
    now = timezone.now()
    if settings.hours is None:
        return None
    return {"now": settings.hours.is_open(now), "next": settings.hours.next_change(now)}


def _notices(settings: MessagesSettings) -> dict[str, str]:
    return {"emergency": settings.emergency.text, "response_time": settings.answering.text}
