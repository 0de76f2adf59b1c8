"""Small portals with Messages from the built wheel. Each runs in processes of its own: make test-portals."""
