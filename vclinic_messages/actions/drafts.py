"""Save, discard and prune drafts.

The version of a draft only rises: saving, sending, discarding and pruning all raise it. A save that arrives
late names an older version, so it is refused and cannot bring back a text that was sent. Version 0 means that
nothing was saved. If no draft is stored, a send from a form and a discard store an empty one with version 1,
because the first save may still be on its way.

A text whose save is refused, because another device has saved a newer one, is not lost: it is kept as the
draft's other text, until the author has chosen one of the two.

Saving, discarding and sending lock the author's mailbox first, so they run one after the other. Pruning locks
only the drafts, and skips those that somebody is saving.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from vclinic_messages.actions.mailboxes import mailboxes_of_recipient, open_mailboxes
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.directory import describe_by_key
from vclinic_messages.errors import ConversationNotFound, DraftConflict, NotAMember, Throttled
from vclinic_messages.message_text import clean_draft, is_blank
from vclinic_messages.models import Draft, Mailbox
from vclinic_messages.policies import check_recipient, check_team, count_save, seconds_until_next_save
from vclinic_messages.selectors.drafts import DraftPlace, draft_rows
from vclinic_messages.teams import find_team, team_key
from vclinic_messages.tenancy import clinic_transaction, verify_clinic
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import UserKey
from vclinic_messages.viewer import Viewer, readable_participations

#: What a client may name as a version.
_VERSIONS = range(2**31)


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def save_draft(
    *,
    viewer: Viewer,
    place: DraftPlace,
    body: str,
    version: int,
    was: DraftPlace | None = None,
    newer: int | None = None,
) -> Draft:
    """Save the viewer's draft. A blank text discards it.

    ``version`` is the version that the text was typed from, 0 if there was no draft. ``was`` is the place
    where that version is stored, if it is not ``place``: the draft then moves. ``newer`` is the version of a
    newer draft, at either place, that the viewer was shown and has chosen to replace. Repeating a save whose
    response was lost changes nothing. A text that is refused for a newer draft is kept next to it.

    Raises ConversationNotFound, InvalidInput (``body``, ``recipient``), DraftConflict, Throttled, NotAMember,
    Unavailable or ClinicMismatch.
    """
    moves = was is not None and was != place
    with clinic_transaction():
        is_first = moves or not (newer or version)
        if place.recipient is not None and is_first and not is_blank(body):
            verify_clinic()  # in the wrong clinic the recipient is somebody else, or nobody
            _open_recipient(place.recipient)  # before any mailbox is locked
        author = _locked_author(viewer, place.conversation)
        text = clean_draft(body)
        stored = draft_rows(author, place).first()
        if place.recipient is not None and text and not (stored and stored.body):
            _check_recipient(viewer, place.recipient)
        source = draft_rows(author, was).first() if was is not None and moves else stored
        is_repeat = _version(source) != version or (newer is not None and not moves)
        if stored is not None and stored.body == text and is_repeat:
            return stored if newer is None else _forget_other(stored)
        if moves:
            unknown = _unknown_to_move(source, stored, text=text, version=version, newer=newer)
        else:
            unknown = _unknown(stored, version if newer is None else newer)
        draft = unknown or stored or _new_draft(author, place)
        if draft is None:
            return Draft()
        if unknown is None:
            draft.origin_id = _origin(draft, source, was) if place.conversation is None else None
            _save(draft, source, text, version if newer is None else None)
        elif unknown.body:
            _keep_other(unknown, source, text, version)
    return _known(draft, is_known=unknown is None and draft.body == text)


@coded_database_errors()
def discard_draft(*, viewer: Viewer, place: DraftPlace, version: int | None = None) -> Draft:
    """Discard the viewer's draft. If none is stored, store an empty one (see the module's docstring).

    ``version`` is the version that the viewer knows: a draft with another version is not discarded, and the
    other text of another form takes its place (DraftConflict). None discards any version, and both texts.

    Raises ConversationNotFound, DraftConflict, NotAMember, Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        author = _locked_author(viewer, place.conversation)
        stored = draft_rows(author, place).first()
        if version is not None and stored is not None and stored.body and _unknown(stored, version):
            raise DraftConflict(stored.pk)
        draft = stored or _new_draft(author, place)
        if draft is None:
            return Draft()
        _write(draft, "", version)
    return _known(draft, is_known=not draft.body)


@coded_database_errors()
def prune_drafts(*, older_than: timedelta) -> int:
    """Empty the clinic's drafts that nobody has saved for this long. Returns their number.

    The rows stay, because their versions must not fall. Raises ValueError unless ``older_than`` is positive,
    Unavailable or ClinicMismatch.
    """
    if older_than <= timedelta(0):
        raise ValueError("older_than must be positive")
    with clinic_transaction():
        verify_clinic()
        limit = timezone.now() - older_than
        # A save that is refused is counted, too: its text is not old.
        old = Draft.objects.filter(saved_at__lt=limit, counted_from__lt=limit).exclude(body="")
        # Skip locked rows: somebody is saving that draft, so it is not old.
        found = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True))
        return empty_drafts(Draft.objects.filter(pk__in=found))


def empty_drafts(drafts: QuerySet[Draft]) -> int:
    """Empty these drafts. Their rows stay, because their versions must not fall. Returns their number."""
    written = drafts.exclude(body="")
    return written.update(body="", other="", other_version=None, version=F("version") + 1)


def _locked_author(viewer: Viewer, conversation: UUID | None) -> int:
    """Lock the viewer's own mailbox, opening it if it is missing. Returns its id.

    Raises ConversationNotFound unless they read the conversation, and NotAMember for a deleted account.
    """
    author, reads = _lock(viewer, conversation)
    if author is None and conversation is None:
        _open(viewer.key)
        author, reads = _lock(viewer, conversation)
    if author is None or not reads:
        verify_clinic()
        raise ConversationNotFound if conversation else NotAMember
    return author


def _lock(viewer: Viewer, conversation: UUID | None) -> tuple[int | None, bool]:
    """Lock the viewer's own mailbox. Returns its id, and whether they read the conversation.

    Who takes part never changes, so this may be asked in the statement that waits for the lock.
    """
    own = readable_participations(viewer.mailbox_ids, viewer.role).filter(conversation=conversation)
    rows = Mailbox.objects.filter(user=viewer.key).annotate(reads=Exists(own))
    row = rows.select_for_update(no_key=True, of=("self",)).values_list("pk", "reads").first()
    return (row[0], conversation is None or row[1]) if row else (None, False)


def _check_recipient(viewer: Viewer, recipient: str) -> None:
    team = team_key(recipient)
    if team is not None:
        check_team(viewer.user, find_team(team), role=viewer.role)
        return
    key = user_key(recipient)
    person = describe_by_key([key]).get(key)
    check_recipient(viewer.user, recipient, person, role=viewer.role, settings=viewer.settings)


def _open_recipient(recipient: str) -> None:
    if team_key(recipient) is None:  # a team has its mailbox from the start
        _open(user_key(recipient))


def _open(key: UserKey | None) -> None:
    if key is not None and not Mailbox.objects.filter(user=key).exists():
        open_mailboxes(describe_by_key([key]))


def _version(draft: Draft | None) -> int:
    return 0 if draft is None else draft.version


@sensitive_variables()
def _save(draft: Draft, source: Draft | None, text: str, version: int | None) -> None:
    """Save the text, typed from this version of ``source``. A draft that moves is emptied."""
    _count_save(draft)
    if source is not None and source is not draft:
        if source.body:
            _write(source, "", version)
        version = None if version is None else 0
    _write(draft, text, version)


def _count_save(draft: Draft) -> None:
    if wait := seconds_until_next_save(draft):
        detail = _("The draft was saved very often in a short time. Please wait a moment and try again.")
        raise Throttled(wait, detail)
    count_save(draft)


def _known(draft: Draft, *, is_known: bool) -> Draft:
    """Return the draft, or raise DraftConflict if it has a text that the viewer has not seen.

    An emptied draft has one if there was another text. This is raised after the commit.
    """
    if not is_known:
        raise DraftConflict(draft.pk)
    return draft


def _unknown(draft: Draft | None, version: int | None) -> Draft | None:
    """Return the draft if the viewer does not know this version of it, an unsaved one if there is none."""
    return None if _version(draft) == version else draft or Draft()


def _origin(draft: Draft, source: Draft | None, was: DraftPlace | None) -> UUID | None:
    """Return where the text of a new message was typed. An empty draft may have that of an older text."""
    if was is not None and was.conversation is not None:
        return was.conversation
    before = source or draft
    return before.origin_id if before.body else None


@sensitive_variables()
def _unknown_to_move(
    source: Draft | None, stored: Draft | None, *, text: str, version: int, newer: int | None
) -> Draft | None:
    """Return the draft that the viewer does not know, of the one that moves and the one that it replaces.

    ``source`` is the draft that moves, ``stored`` the one at the new place. An empty draft, or one with the
    same text, may be replaced unseen.
    """
    replaces_text = stored is not None and stored.body not in ("", text)
    if replaces_text and (unknown := _unknown(stored, newer)):
        return unknown
    # If nothing is replaced, ``newer`` can only be about the draft that moves.
    return _unknown(source, version) if replaces_text or _version(source) != newer else None


def _new_draft(author: int, place: DraftPlace) -> Draft | None:
    """Return a draft that is not saved yet; None for a recipient without a mailbox, who can have no draft."""
    draft = Draft(author_id=author, conversation_id=place.conversation)
    if place.recipient is not None:
        draft.recipient = mailboxes_of_recipient(place.recipient).first()
        return draft if draft.recipient else None
    return draft


@sensitive_variables()
def _write(draft: Draft, body: str, version: int | None) -> None:
    """Write the text that was typed from this version; None if the author has chosen it.

    The other text goes if it is of the same form, or a part of this text. If this text is empty, the other
    text of another form takes its place.
    """
    is_in_text = draft.other and draft.other in body
    if version is None or version == draft.other_version or is_in_text:
        draft.other, draft.other_version = "", None
    if not body:
        body, draft.other, draft.other_version = draft.other, "", None
    draft.body = body
    draft.version += 1
    draft.saved_at = timezone.now()
    draft.save()


@sensitive_variables()
def _keep_other(draft: Draft, source: Draft | None, text: str, version: int) -> None:
    """Keep a refused text, typed from this version of ``source``, next to the draft, unless it was sent."""
    _count_save(draft)
    typed_from = version if draft is source and version in _VERSIONS else 0
    was_sent = not draft.other and draft.other_version == typed_from
    if not was_sent:
        draft.other, draft.other_version = text, typed_from if text else None
    draft.save()


def _forget_other(draft: Draft) -> Draft:
    draft.other, draft.other_version = "", None
    draft.save()
    return draft
