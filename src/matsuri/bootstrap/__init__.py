"""Wiring: which parts there are and who gets which. Nothing else builds its collaborators."""
