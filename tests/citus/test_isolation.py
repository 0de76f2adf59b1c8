"""The cases of tests/isolation that apply: two clinics on two workers, and a wrong search path."""

from tests.isolation import test_two_clinics, test_wrong_search_path

# About temporary tables, which Citus does not copy from sharded ones; and about the list of actions itself.
NOT_HERE = ("hides", "temporary_table", "is_tried")

for module in (test_two_clinics, test_wrong_search_path):
    for name, case in vars(module).items():
        if name.startswith("test_") and not any(part in name for part in NOT_HERE):
            globals()[name] = case
