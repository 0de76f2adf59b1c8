"""Messages between patients and their clinic, inside a Django clinic portal."""

__version__ = "0.1.0"
