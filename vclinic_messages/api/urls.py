"""The URLs of the API, below the portal's prefix."""

from django.urls import path

from vclinic_messages.api import absence_views, draft_views, live_views, own_views, team_views, views

app_name = "vclinic_messages_api"

urlpatterns = [
    path("feature/", views.FeatureView.as_view(), name="feature"),
    path("recipients/", views.RecipientsView.as_view(), name="recipients"),
    path("conversations/", views.ConversationsView.as_view(), name="conversations"),
    path("conversations/<str:conversation_id>/", views.ConversationView.as_view(), name="conversation"),
    path("conversations/<str:conversation_id>/messages/", views.MessagesView.as_view(), name="messages"),
    path("conversations/<str:conversation_id>/read/", views.ReadView.as_view(), name="read"),
    path(
        "conversations/<str:conversation_id>/no-answer-needed/",
        views.NoAnswerNeededView.as_view(),
        name="no_answer_needed",
    ),
    path("conversations/<str:conversation_id>/assign/", team_views.AssignView.as_view(), name="assign"),
    path("conversations/<str:conversation_id>/writing/", team_views.WritingView.as_view(), name="writing"),
    path(
        "conversations/<str:conversation_id>/draft/",
        draft_views.ConversationDraftView.as_view(),
        name="conversation_draft",
    ),
    path("drafts/", draft_views.DraftsView.as_view(), name="drafts"),
    path("draft/", draft_views.NewDraftView.as_view(), name="draft"),
    path("me/reminders/", own_views.RemindersView.as_view(), name="reminders"),
    path("quick-replies/", own_views.QuickRepliesView.as_view(), name="quick_replies"),
    path("me/absence/", absence_views.AbsenceView.as_view(), name="absence"),
    path("live/state/", live_views.StateView.as_view(), name="live_state"),
    path("live/ticket/", live_views.TicketView.as_view(), name="live_ticket"),
    # live/stream/ is served by live.asgi.live_application before a request reaches Django.
]
