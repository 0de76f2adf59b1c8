"""The clinic admin's side: panels in the Wagtail admin."""
