"""Raised and lowered characters. Medium has no element for them, and 10 to the 6th must not become 106."""

_RAISED = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
TABLES = {"sup": _RAISED, "sub": _LOWERED}
_READ_ALIKE = {"st", "nd", "rd", "th", "er", "re", "e", "o", "a", "tm", "sm"}  # 4th, 1er, 2e, brands


def scripted(text: str, element: str) -> str | None:
    """`text` in characters that stand high or low by themselves; None when there are none for all of it."""
    table = TABLES[element]
    return text.translate(table) if all(ord(letter) in table or letter.isspace() for letter in text) else None


def reads_otherwise(text: str) -> bool:
    """Whether it means something else when it stands on the line."""
    word = text.strip()
    return word.isalnum() and word.lower() not in _READ_ALIKE
