"""Rows, one file per subject; a row knows how to change itself.

A docstring of a row has no semicolon: Tortoise writes it into the table as a comment, and its migrations
split statements there.
"""
