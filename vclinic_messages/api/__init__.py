"""The JSON API: the same policies, actions and selectors as the pages, and the contract's answers."""
