"""Experiments: which players get which variant, in which phase."""
