"""Matsuri: an open LiveOps server for games that speaks the Satori API."""

__version__ = "0.1.0"
