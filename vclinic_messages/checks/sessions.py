"""Are sessions and caches separate for each clinic, and do they end?"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Warning, register

from vclinic_messages.conf import live_settings
from vclinic_messages.tenancy import is_shared, is_shared_app


@register("vclinic_messages")
def check_sliding_sessions(**kwargs: object) -> list[CheckMessage]:
    """Check that an open page does not extend sessions.

    W013: Sessions are stored in signed cookies and saved with every request. An open page would extend its
    reader's session for ever.

    What its script asks does not save the session (see ``session_cookies``). But Django still sends the
    cookie again, with a new expiry date, and with signed cookies nothing else ends a session that expires
    early.
    """
    is_signed_cookie = settings.SESSION_ENGINE == "django.contrib.sessions.backends.signed_cookies"
    if not (settings.SESSION_SAVE_EVERY_REQUEST and is_signed_cookie) or live_settings.MODE == "off":
        return []
    message = "An open page keeps its reader signed in forever."
    hint = 'Use another SESSION_ENGINE, or turn notifications off: LIVE["MODE"] = "off".'
    return [Warning(message, hint=hint, id="vclinic_messages.W013")]


@register("vclinic_messages")
def check_shared_sessions(**kwargs: object) -> list[CheckMessage]:
    """Check that sessions and cached values of one clinic are not valid in another.

    W025: A session of one clinic is valid in all: sessions are in signed cookies, in a cache without
    ``KEY_FUNCTION``, or in ``public`` while each clinic has its own users.
    W026: A cache without ``KEY_FUNCTION`` gives one clinic what another stored.
    W027: ``SESSION_COOKIE_DOMAIN`` sends a session cookie to every clinic.
    """
    found: list[CheckMessage] = []
    if hint := _hint_on_sessions():
        message = "A session of one clinic is valid in every other."
        found.append(Warning(message, hint=hint, id="vclinic_messages.W025"))
    for name, cache in settings.CACHES.items():
        if "KEY_FUNCTION" not in cache and not cache["BACKEND"].endswith("DummyCache"):
            message = f"The cache {name!r} gives one clinic what another stored."
            hint = "Set KEY_FUNCTION to django_tenants.cache.make_key."
            found.append(Warning(message, hint=hint, id="vclinic_messages.W026"))
    if settings.SESSION_COOKIE_DOMAIN:
        message = "SESSION_COOKIE_DOMAIN sends a session to every clinic."
        hint = "Leave it unset: the cookie then stays on the clinic's own host."
        found.append(Warning(message, hint=hint, id="vclinic_messages.W027"))
    return found


def _hint_on_sessions() -> str | None:
    """Return what to do about sessions that are valid in every clinic; None if they are not."""
    engine = settings.SESSION_ENGINE.rpartition(".")[2]
    # Where the users are shared too, the session belongs to the same person in every clinic.
    if (
        engine in ("db", "cached_db")
        and is_shared_app("django.contrib.sessions")
        and not is_shared(get_user_model())
    ):
        return "Move django.contrib.sessions to TENANT_APPS."
    has_own_keys = "KEY_FUNCTION" in settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {})
    if engine == "signed_cookies" or (engine in ("cache", "cached_db") and not has_own_keys):
        return "Use sessions in the database, or a cache with KEY_FUNCTION django_tenants.cache.make_key."
    return None
