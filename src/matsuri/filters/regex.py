"""Regular expressions in linear time: RE2, so that no pattern can hang a server."""

from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # the package has no types

PATTERN_CHARS_MAX = 1_000
_MEMORY_BYTES_MAX = 1 << 20
_ANSWERS_KEPT_MAX = 256
_KEPT_CHARS_MAX = 64


class BadPattern(ValueError):
    """The pattern is none of RE2's, or too large."""


class Pattern:
    """A compiled pattern; it is found anywhere in a text unless it says ``^`` or ``$``.

    Property values repeat among players, so the answers for short texts are kept.
    """

    def __init__(self, pattern: str) -> None:
        """Compile; raises ``BadPattern``."""
        if len(pattern) > PATTERN_CHARS_MAX:
            raise BadPattern(f"the pattern has more than {PATTERN_CHARS_MAX} characters")
        options = re2.Options()
        options.max_mem = _MEMORY_BYTES_MAX
        options.log_errors = False
        try:
            self._search: Any = re2.compile(pattern, options).search
        except UnicodeEncodeError as error:
            raise BadPattern("it has half of a character") from error
        except re2.error as error:
            problem = error.args[0]
            text = problem.decode("utf-8", "replace") if isinstance(problem, bytes) else problem
            raise BadPattern(str(text)) from error
        self._answers: dict[str, bool] = {}

    def found_in(self, text: str) -> bool:
        """Whether the pattern is somewhere in ``text``."""
        answer = self._answers.get(text)
        if answer is None:
            answer = self._search(text) is not None
            if len(text) <= _KEPT_CHARS_MAX:
                if len(self._answers) >= _ANSWERS_KEPT_MAX:
                    self._answers.clear()
                self._answers[text] = answer
        return answer


@lru_cache(maxsize=1024)
def pattern_of(pattern: str) -> Pattern:
    """The compiled pattern; filters that have it in common share it. Raises ``BadPattern``."""
    return Pattern(pattern)
