from tests.browser.conftest import people, portal  # noqa: F401  # pytest finds fixtures here
