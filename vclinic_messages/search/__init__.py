"""Searching: one folding of letters, and what each list is searched by."""
