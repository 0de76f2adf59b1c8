"""The call about my own absence, for staff."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from vclinic_messages import actions, selectors
from vclinic_messages.api import inputs, outputs
from vclinic_messages.api.base_views import ViewerAPIView
from vclinic_messages.api.openapi import ErrorOutput, documented
from vclinic_messages.errors import ConversationNotFound, NotForThisRole
from vclinic_messages.models import Absence
from vclinic_messages.user_types import signed_in


class AbsenceView(ViewerAPIView):
    """When I am away, now or later, and whom others can write to instead. PUT sets it, DELETE ends it."""

    http_method_names = ["get", "head", "put", "delete"]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse patients. Raises NotForThisRole."""
        super().initial(request, *args, **kwargs)
        if not self.viewer.role.is_staff:
            raise NotForThisRole(_("Only doctors and clinic staff can be away."))

    @documented("absence", outputs.AbsenceOutput, also={404: ErrorOutput})
    def get(self, request: Request) -> Response:
        absence = selectors.own_absence(self.viewer)
        if absence is None:
            data = {"code": ConversationNotFound.code, "detail": _("No absence is planned.")}
            return Response(data, status=status.HTTP_404_NOT_FOUND)
        return Response(_shown(absence))

    @documented("set_absence", outputs.AbsenceOutput, takes=inputs.AbsenceInput)
    def put(self, request: Request) -> Response:
        form = inputs.AbsenceInput(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        user = signed_in(request.user)
        absence = actions.set_absence(
            actor=user,
            who=user,
            first_day=data["from"],
            until=data.get("until"),
            instead=data.get("instead"),
        )
        return Response(_shown(absence))

    @documented("end_absence", None, status=204)
    def delete(self, request: Request) -> Response:
        user = signed_in(request.user)
        actions.end_absence(actor=user, who=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _shown(absence: Absence) -> dict[str, object]:
    instead = absence.instead
    return outputs.AbsenceOutput(
        {
            "from": absence.first_day,
            "until": absence.until,
            "instead": selectors.owner_id(instead) or None if instead else None,
        }
    ).data
