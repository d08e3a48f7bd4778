"""Audiences: named groups of players, by a filter and by lists."""
