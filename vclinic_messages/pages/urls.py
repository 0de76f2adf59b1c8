"""The URLs of the pages."""

from django.urls import path

from vclinic_messages.pages import (
    absences,
    conversation_actions,
    downloads,
    quick_replies,
    reminders,
    teams,
    views,
)

app_name = "vclinic_messages"

urlpatterns = [
    path("", views.InboxView.as_view(), name="inbox"),
    path("new/", views.NewView.as_view(), name="new"),
    path("reminders/", reminders.RemindersView.as_view(), name="reminders"),
    path("reminders/stop/<str:token>/", reminders.StopRemindersView.as_view(), name="stop_reminders"),
    path("quick-replies/", quick_replies.QuickRepliesView.as_view(), name="quick_replies"),
    path("quick-replies/<int:reply_id>/", quick_replies.QuickReplyView.as_view(), name="quick_reply"),
    path("absence/", absences.AbsenceView.as_view(), name="absence"),
    path("<uuid:conversation_id>/", views.ConversationView.as_view(), name="conversation"),
    path("<uuid:conversation_id>/read/", conversation_actions.ReadView.as_view(), name="read"),
    path(
        "<uuid:conversation_id>/no-answer-needed/",
        conversation_actions.NoAnswerNeededView.as_view(),
        name="no_answer_needed",
    ),
    path("<uuid:conversation_id>/assign/", teams.AssignView.as_view(), name="assign"),
    path("<uuid:conversation_id>/writing/", teams.WritingView.as_view(), name="writing"),
    path("<uuid:conversation_id>/print/", downloads.PrintView.as_view(), name="print"),
    path("<uuid:conversation_id>/download/", downloads.DownloadView.as_view(), name="download"),
]
