"""What the OpenAPI document says about each operation and parameter, for whoever writes a phone app.

The keys of ``OPERATIONS`` are the operation ids. The first text is the title.
"""

from __future__ import annotations

OPERATIONS: dict[str, tuple[str, str]] = {
    "feature": (
        "Can I use Messages here?",
        "Ask this first. Tells whether the clinic has Messages switched on, who I am in it, how "
        "many of my conversations are unread, and what the clinic wants to be shown wherever "
        "somebody writes.",
    ),
    "list_recipients": (
        "People and teams whom I can write to",
        "Sorted by name, 50 a page. All teams are on the first page, above the people. A patient "
        "finds only the clinic's staff.",
    ),
    "list_conversations": (
        "My conversations",
        "Newest activity first, 25 a page. With `show=waiting`, staff get those that wait for an "
        "answer, the longest waiting first. A conversation that the search found by its text has a "
        "`match`.",
    ),
    "start_conversation": (
        "Start a conversation",
        "Sends the first message to a person or a team. Send an `Idempotency-Key` of your own with "
        "it: after a lost connection you can repeat the call, and nothing is sent twice.",
    ),
    "conversation": (
        "One conversation",
        "`can_reply` tells whether I can write in it; if not, `cannot_reply` says why and what to "
        "do instead.",
    ),
    "list_messages": (
        "Messages of a conversation",
        "Newest first, 50 a page. With `after`, only those newer than this message, oldest first: "
        "use it to add what has arrived. With `around`, the page that has this message. Reading "
        "marks nothing as read.",
    ),
    "send_message": (
        "Reply in a conversation",
        "`seen` marks the conversation as read up to that message. Send an `Idempotency-Key` of "
        "your own, as for a new conversation. In a conversation of a team the reply is refused with"
        " `answered_meanwhile` if a colleague has written since `seen`.",
    ),
    "mark_read": (
        "Mark as read",
        "Marks everything up to this message as read, and tells how many conversations are still "
        "unread. The mark never moves back.",
    ),
    "no_answer_needed": (
        "Say that no answer is needed",
        "For staff. The conversation no longer waits for an answer, until the patient writes again.",
    ),
    "undo_no_answer_needed": (
        "Undo that no answer is needed",
        "The conversation waits again, since the same moment as before. Refused with "
        "`answered_meanwhile` once somebody has written.",
    ),
    "assign": (
        "Take a conversation of my team, or hand it over",
        "`to` is a member of the team. Null gives the conversation back to the whole team.",
    ),
    "writing": (
        "Tell my team that I am writing",
        "Colleagues see it for a moment, so that two do not answer at once. It carries no text. "
        "Call it at most every 20 seconds.",
    ),
    "conversation_draft": (
        "My draft in a conversation",
        "What I have typed on any of my devices and not sent. Nobody else sees it. Without a draft "
        "the answer is `not_found`, with the version from which a new draft begins.",
    ),
    "save_conversation_draft": (
        "Save my draft in a conversation",
        "Give the `version` that you know, 0 for none. If another device has saved a newer one, you"
        " get it with `draft_conflict`.",
    ),
    "discard_conversation_draft": (
        "Discard my draft in a conversation",
        "It is gone on all my devices.",
    ),
    "list_drafts": (
        "My drafts of new messages",
        "Those without a conversation yet, the last saved first.",
    ),
    "draft": (
        "My draft of a new message",
        "The draft for this recipient; without one, the draft that has no recipient yet.",
    ),
    "save_draft": (
        "Save my draft of a new message",
        "As in a conversation. `was` names the recipient under whom the text was saved before, so "
        "that the draft moves when another recipient is chosen.",
    ),
    "discard_draft": (
        "Discard my draft of a new message",
        "It is gone on all my devices.",
    ),
    "absence": (
        "My absence",
        "For staff: when I am away, now or later, and whom others can write to instead.",
    ),
    "set_absence": (
        "Plan my absence",
        "For staff. `until` is the first day back, null while it is not known. `instead` is the id of a "
        "person or a team. Nobody is kept from writing to me.",
    ),
    "end_absence": ("End my absence", "For staff. I am back, or do not go."),
    "reminders": (
        "Am I reminded?",
        "Whether I get an e-mail that something is unread. It never tells what.",
    ),
    "choose_reminders": (
        "Choose whether I am reminded",
        "Switches the e-mails on or off that tell me that something is unread.",
    ),
    "list_quick_replies": (
        "Texts to insert",
        "For staff: the clinic's prepared answers, by title. Nothing is sent by choosing one.",
    ),
    "live_state": (
        "What is new?",
        "Poll this every `poll` seconds with the last `cursor` as `after`, or after each event of a"
        " stream. Send the last `ETag` as `If-None-Match`: the answer is 304 while nothing has "
        "changed. `events` never contain a text.",
    ),
    "live_ticket": (
        "Open a stream",
        "Gives a URL of server-sent events that opens one stream within 60 seconds. Its events only"
        " say that something has changed; ask what by `live/state/`. `not_found` if the server has "
        "no streams: poll then.",
    ),
}

PARAMETERS: dict[str, str] = {
    "after": "The newest that you have: for messages an id, for `live/state/` its last `cursor`.",
    "around": "The id of a message. The page that has it is returned.",
    "cursor": "Of the next or previous page. Use the links `next` and `previous` as they are.",
    "filter": "Only people of this role, or only teams.",
    "mailbox": "`me`, or the id of a team: only the conversations of this mailbox.",
    "q": "Words, at most eight. Each must begin a word of what is searched.",
    "recipient": "The id of a person or a team from `recipients/`.",
    "show": "`waiting` is for staff.",
    "unread": "`true` is short for `show=unread`.",
    "Idempotency-Key": "1 to 128 visible ASCII characters, another one for each message.",
    "Retry-After": "Seconds after which to try again.",
}
