"""Properties are checked without a time limit per example: shared machines are not steady."""

from hypothesis import settings

settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
