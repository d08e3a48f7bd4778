"""Which texts every store can keep."""

NOT_STORABLE = "NUL characters or lone surrogates"


def is_storable(text: str) -> bool:
    """Whether ``text`` has a UTF-8 form, and no NUL: PostgreSQL keeps no other texts."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
