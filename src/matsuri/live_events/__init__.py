"""Live events: what is on when, for whom."""
