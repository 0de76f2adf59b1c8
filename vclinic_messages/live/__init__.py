"""Notifications: a poke that carries no content, then the browser fetches the state."""
