"""Identities: players, their sessions, tokens, properties and profiles."""
