"""Portals with other settings than the demo's."""
