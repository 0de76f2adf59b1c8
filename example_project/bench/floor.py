"""What no signed-in request can avoid: clinic, session, user, one indexed SELECT, a small answer."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from example_project.people.models import Profile


@login_required
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "bench/floor.html", {"profile": _profile(request.user.pk)})


@login_required
def page_with_badge(request: HttpRequest) -> HttpResponse:
    """The same page with what Messages adds to every page of a portal."""
    return render(request, "bench/badge.html", {"profile": _profile(request.user.pk)})


class FloorView(APIView):
    def get(self, request: Request) -> Response:
        profile = _profile(request.user.pk)
        return Response({"description": profile.description if profile else ""})


def _profile(user: int | None) -> Profile | None:
    return Profile.objects.filter(user=user).first()
