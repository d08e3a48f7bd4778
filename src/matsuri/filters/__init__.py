"""The audience filter language: parsed here, compiled to Python code, explained and checked. Pure.

``parse`` makes a tree, ``compile_filter`` a ``Filter``; the language is told in
``docs/reference/filters.md``.
"""
