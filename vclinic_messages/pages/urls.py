"""The URLs of the pages."""

from django.urls import path

from vclinic_messages.pages import absences, downloads, teams, views

app_name = "vclinic_messages"

urlpatterns = [
    path("", views.InboxView.as_view(), name="inbox"),
    path("new/", views.NewView.as_view(), name="new"),
    path("absence/", absences.AbsenceView.as_view(), name="absence"),
    path("<uuid:conversation_id>/", views.ConversationView.as_view(), name="conversation"),
    path("<uuid:conversation_id>/read/", views.ReadView.as_view(), name="read"),
    path(
        "<uuid:conversation_id>/no-answer-needed/",
        views.NoAnswerNeededView.as_view(),
        name="no_answer_needed",
    ),
    path("<uuid:conversation_id>/assign/", teams.AssignView.as_view(), name="assign"),
    path("<uuid:conversation_id>/writing/", teams.WritingView.as_view(), name="writing"),
    path("<uuid:conversation_id>/print/", downloads.PrintView.as_view(), name="print"),
    path("<uuid:conversation_id>/download/", downloads.DownloadView.as_view(), name="download"),
]
