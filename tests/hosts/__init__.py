"""Settings of other portals than the demo."""
