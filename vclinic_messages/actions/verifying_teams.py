"""What must hold of teams. Actions keep it right, so it only breaks when somebody edits the database by hand.

What lapses is not wrong: a member who is no longer staff, or whose account is gone, stays a member and reads
nothing, and what they have taken counts as not taken.
"""

from __future__ import annotations

from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.tenancy import clinic_cursor

_PROBLEMS = {
    "a team without a mailbox": """
        SELECT team.id FROM vclinic_messages_team team
        LEFT JOIN vclinic_messages_mailbox mailbox ON mailbox.team_id = team.id
        WHERE mailbox.id IS NULL
    """,
    "a member that is a team": """
        SELECT member.id FROM vclinic_messages_teammember member
        JOIN vclinic_messages_mailbox mailbox ON mailbox.id = member.mailbox_id
        WHERE mailbox.team_id IS NOT NULL
    """,
    "a member who writes in a conversation of others": """
        SELECT member.id FROM vclinic_messages_teammember member
        JOIN vclinic_messages_mailbox shared ON shared.team_id = member.team_id
        LEFT JOIN vclinic_messages_participant participant
            ON participant.mailbox_id = shared.id AND participant.conversation_id = member.writing_in
        WHERE member.writing_in IS NOT NULL AND participant.id IS NULL
    """,
    "a conversation taken by somebody who does not belong to its team": """
        SELECT participant.id FROM vclinic_messages_participant participant
        JOIN vclinic_messages_mailbox mailbox ON mailbox.id = participant.mailbox_id
        LEFT JOIN vclinic_messages_teammember member
            ON member.team_id = mailbox.team_id AND member.mailbox_id = participant.assigned_to_id
        WHERE participant.assigned_to_id IS NOT NULL AND member.id IS NULL
    """,
    "a team that takes part as a patient": """
        SELECT participant.id FROM vclinic_messages_participant participant
        JOIN vclinic_messages_mailbox mailbox ON mailbox.id = participant.mailbox_id
        WHERE mailbox.team_id IS NOT NULL AND participant.role = 'patient'
    """,
    "a message whose sender is a team": """
        SELECT message.id FROM vclinic_messages_message message
        JOIN vclinic_messages_mailbox sender ON sender.id = message.sender_id
        WHERE sender.team_id IS NOT NULL
    """,
    "a message written from the mailbox of another person": """
        SELECT message.id FROM vclinic_messages_message message
        JOIN vclinic_messages_mailbox mailbox ON mailbox.id = message.mailbox_id
        WHERE message.mailbox_id <> message.sender_id AND mailbox.team_id IS NULL
    """,
    "a message written from a mailbox that does not take part": """
        SELECT message.id FROM vclinic_messages_message message
        LEFT JOIN vclinic_messages_participant participant
            ON participant.conversation_id = message.conversation_id
            AND participant.mailbox_id = message.mailbox_id
        WHERE participant.id IS NULL
    """,
}


@coded_database_errors()
def team_problems() -> list[str]:
    """Describe what is wrong about the clinic's teams, with the id of each row. Changes nothing.

    Raises Unavailable or ClinicMismatch.
    """
    problems = []
    with clinic_cursor() as cursor:
        for what, statement in _PROBLEMS.items():
            cursor.execute(f"{statement} ORDER BY 1")
            problems += [f"{what}: {key}" for (key,) in cursor.fetchall()]
    return problems
