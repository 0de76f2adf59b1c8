"""`make load`: what one web process does when many people ask at once."""
