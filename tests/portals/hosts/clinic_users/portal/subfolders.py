"""Clinics in folders of one host: /clinics/riverside/."""

from portal.settings import *  # noqa: F403
from portal.settings import MIDDLEWARE

MIDDLEWARE = ["django_tenants.middleware.TenantSubfolderMiddleware", *MIDDLEWARE[1:]]
TENANT_SUBFOLDER_PREFIX = "clinics"
PUBLIC_SCHEMA_URLCONF = "portal.urls_public"
LOGIN_REDIRECT_URL = "home"
VCLINIC_MESSAGES = {"HOME_URL": "home"}
