"""The invented clinics, people and conversations of the demo."""
