"""zxcvbn's English sentences as keys of the catalogs; a test compares the tables with the library's source."""

from __future__ import annotations

from collections.abc import Iterable

WARNINGS = {
    "Straight rows of keys are easy to guess.": "straight_row",
    "Short keyboard patterns are easy to guess.": "keyboard_pattern",
    'Repeats like "aaa" are easy to guess.': "repeated_character",
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': "repeated_word",
    'Sequences like "abc" or "6543" are easy to guess.': "sequence",
    "Recent years are easy to guess.": "recent_year",
    "Dates are often easy to guess.": "date",
    "This is a top-10 common password.": "top_10",
    "This is a top-100 common password.": "top_100",
    "This is a very common password.": "very_common",
    "This is similar to a commonly used password.": "similar_to_common",
    "A word by itself is easy to guess.": "single_word",
    "Names and surnames by themselves are easy to guess.": "single_name",
    "Common names and surnames are easy to guess.": "common_name",
}

SUGGESTIONS = {
    "Use a few words, avoid common phrases.": "few_words",
    "No need for symbols, digits, or uppercase letters.": "no_need_for_symbols",
    "Add another word or two. Uncommon words are better.": "another_word",
    "Use a longer keyboard pattern with more turns.": "longer_pattern",
    "Avoid repeated words and characters.": "avoid_repeats",
    "Avoid sequences.": "avoid_sequences",
    "Avoid recent years.": "avoid_recent_years",
    "Avoid years that are associated with you.": "avoid_own_years",
    "Avoid dates and years that are associated with you.": "avoid_own_dates",
    "Capitalization doesn't help very much.": "capitalization",
    "All-uppercase is almost as easy to guess as all-lowercase.": "all_uppercase",
    "Reversed words aren't much harder to guess.": "reversed_word",
    "Predictable substitutions like '@' instead of 'a' don't help very much.": "substitutions",
}


def warning_key(sentence: str) -> str | None:
    """The catalog key of a warning; None for the library's empty one."""
    return f"passwords.warning.{WARNINGS[sentence]}" if sentence else None


def suggestion_keys(sentences: Iterable[str]) -> tuple[str, ...]:
    """The catalog keys of suggestions, in the library's order."""
    return tuple(f"passwords.suggestion.{SUGGESTIONS[sentence]}" for sentence in sentences)
