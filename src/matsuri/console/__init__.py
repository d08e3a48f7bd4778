"""The console: the people who run a game, their keys and what they may do."""
