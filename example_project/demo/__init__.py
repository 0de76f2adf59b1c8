"""`make demo`: database, data and web server under one supervisor."""
