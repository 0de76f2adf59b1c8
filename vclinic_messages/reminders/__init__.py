"""Reminders outside the portal: who is due, and an e-mail that tells that something is unread, never what."""
