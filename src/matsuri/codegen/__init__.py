"""Typed code for games, made from the definitions of a server: ``matsuri codegen``."""
