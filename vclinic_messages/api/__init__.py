"""The JSON API. It uses the same policies, actions and selectors as the pages."""
