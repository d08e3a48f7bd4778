"""Which passwords people may choose. Pure."""

from typing import NamedTuple

from matsuri.errors import invalid_field

_DIFFERENT_CHARS_MIN = 5


class PasswordRules(NamedTuple):
    """The bounds of a password's length, in characters."""

    chars_min: int
    chars_max: int

    def check(self, field: str, password: str, *, email: str) -> None:
        """Raise ``InvalidArgument`` that names ``field`` where a password is too easy to guess.

        Length is what counts; no kinds of characters are asked for, as people answer those with
        passwords that are easy to guess and hard to keep in mind.
        """
        if not password:
            raise invalid_field(field, "is missing")
        if len(password) < self.chars_min:
            raise invalid_field(field, "is too short", f"at least {self.chars_min} characters")
        if len(password) > self.chars_max:
            raise invalid_field(field, "is too long", f"at most {self.chars_max} characters")
        if len(set(password)) < _DIFFERENT_CHARS_MIN:
            allowed = f"at least {_DIFFERENT_CHARS_MIN} different characters"
            raise invalid_field(field, "repeats itself", allowed)
        if password.strip().lower() in {email, email.partition("@")[0]}:
            raise invalid_field(field, "is the e-mail address", "something that nobody knows")
