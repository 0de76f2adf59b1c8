from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path


@login_required
def floor(request: HttpRequest) -> HttpResponse:
    """Do the least that a signed-in request costs: session, user, one indexed SELECT, a small answer."""
    return render(request, "floor.html", {"group": Group.objects.filter(pk=1).first()})


@login_required
def badge(request: HttpRequest) -> HttpResponse:
    return render(request, "badge.html", {"group": Group.objects.filter(pk=1).first()})


urlpatterns = [
    path("floor/", floor),
    path("badge/", badge),
    path("messages/", include("postman.urls", namespace="postman")),
]
