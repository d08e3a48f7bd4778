"""Small pure tools that know nothing of games."""
