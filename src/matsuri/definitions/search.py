"""Finding definitions by name and label. Pure."""
