"""Search: fold letters, find people by the words of their columns, find conversations by text."""
