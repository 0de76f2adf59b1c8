"""Notifications: tell open pages that something changed. They then fetch what it is from ``live/state/``."""
