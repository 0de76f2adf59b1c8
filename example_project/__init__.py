"""A small but real clinic portal that hosts `vclinic_messages`: the demo, and an example to read."""
