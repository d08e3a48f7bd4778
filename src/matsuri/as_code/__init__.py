"""Definitions as code: folders of YAML files, and what it takes that a server has the same."""
