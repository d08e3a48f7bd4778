"""Definitions: what people declare and change, with every revision kept."""
