"""Semantic versions and ranges of them, as Masterminds/semver and npm read them."""

import re
from typing import Final, NamedTuple, TypeAlias

_PART: Final = r"(?:0|[0-9]{1,9})"
_PRERELEASE: Final = r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_BUILD: Final = r"(?:\+[0-9A-Za-z.-]+)?"
_VERSION: Final = re.compile(
    rf"v?(?P<major>{_PART})(?:\.(?P<minor>{_PART}))?(?:\.(?P<patch>{_PART}))?{_PRERELEASE}{_BUILD}",
    re.ASCII,
)
_PARTIAL: Final = re.compile(
    rf"v?(?P<major>{_PART}|[xX*])(?:\.(?P<minor>{_PART}|[xX*]))?(?:\.(?P<patch>{_PART}|[xX*]))?"
    rf"{_PRERELEASE}{_BUILD}",
    re.ASCII,
)
_CONDITION: Final = re.compile(r"\s*(?P<sign>>=|=>|<=|=<|!=|==|~>|[=><~^])?\s*(?P<version>[^\s,]+)")
_HYPHEN: Final = re.compile(r"(?P<low>\S+)\s+-\s+(?P<high>\S+)")
_SIGNS: Final = {"=>": ">=", "=<": "<=", "==": "=", "": "=", "~>": "~"}
_TEXT_CHARS_MAX: Final = 256

# Identifiers compare numbers below words; a release is above all of its prereleases.
_Order: TypeAlias = "tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]"


class Version(NamedTuple):
    """A version; compare by ``order``."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""

    @property
    def order(self) -> _Order:
        """What versions are sorted by (semver.org, section 11)."""
        identifiers = self.prerelease.split(".") if self.prerelease else []
        return self[:3], not self.prerelease, tuple(_identifier(one) for one in identifiers)


class _Bounds(NamedTuple):
    """One condition: from ``low``, below ``high``; or, ``inverted``, outside of that."""

    low: Version | None
    high: Version | None
    includes_high: bool = False
    excludes_low: bool = False
    inverted: bool = False
    names_prerelease: bool = False

    def has(self, version: Version) -> bool:
        order = version.order
        above = self.low is None or (
            order > self.low.order if self.excludes_low else order >= self.low.order
        )
        below = self.high is None or (
            order <= self.high.order if self.includes_high else order < self.high.order
        )
        return (above and below) is not self.inverted


class VersionRange(NamedTuple):
    """Alternatives, each a list of conditions that must all hold."""

    alternatives: tuple[tuple[_Bounds, ...], ...]

    def has(self, version: Version) -> bool:
        """Whether ``version`` is in it.

        A prerelease is only in alternatives that name a prerelease.
        """
        return any(
            (not version.prerelease or any(one.names_prerelease for one in conditions))
            and all(one.has(version) for one in conditions)
            for conditions in self.alternatives
        )


def parse_version(text: str) -> Version | None:
    """The version, or ``None``; missing parts are 0, and a ``v`` before it is allowed."""
    found = _VERSION.fullmatch(text.strip()) if len(text) <= _TEXT_CHARS_MAX else None
    if found is None:
        return None
    return Version(
        int(found["major"]), int(found["minor"] or 0), int(found["patch"] or 0), found["pre"] or ""
    )


def parse_range(text: str) -> VersionRange | None:
    """The range, or ``None``.

    ``= != > < >= <= ~ ^`` before a version, ``1.2 - 2.3``, ``1.x`` and ``*``; a comma or a space
    between conditions means "and", ``||`` means "or".
    """
    if len(text) > _TEXT_CHARS_MAX:
        return None
    alternatives = []
    for part in text.split("||"):
        conditions = _conditions(part.strip())
        if conditions is None:
            return None
        alternatives.append(conditions)
    return VersionRange(tuple(alternatives))


def _conditions(text: str) -> tuple[_Bounds, ...] | None:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _bounds("=", hyphen["low"]), _bounds("=", hyphen["high"])
        if low is None or high is None:
            return None
        names = low.names_prerelease or high.names_prerelease
        return (
            _Bounds(low.low, high.high, includes_high=high.includes_high, names_prerelease=names),
        )
    conditions: list[_Bounds] = []
    offset = 0
    while offset < len(text):
        found = _CONDITION.match(text, offset)
        bounds = _bounds(found["sign"] or "", found["version"]) if found else None
        if found is None or bounds is None:
            return None
        conditions.append(bounds)
        offset = found.end()
        while offset < len(text) and text[offset] in ", ":
            offset += 1
    return tuple(conditions) or None


def _bounds(sign: str, text: str) -> _Bounds | None:
    found = _PARTIAL.fullmatch(text)
    if found is None:
        return None
    numbers: list[int] = []
    for name in ("major", "minor", "patch"):
        part = found[name]
        if part is None or part in "xX*":
            break
        numbers.append(int(part))
    prerelease = found["pre"] or ""
    return _with_sign(_SIGNS.get(sign, sign), numbers, prerelease)


def _with_sign(  # noqa: PLR0911 - one for each sign
    sign: str, numbers: list[int], prerelease: str
) -> _Bounds:
    """Bounds of one condition; ``numbers`` are the parts that are given, at most three."""
    low = _padded(numbers, prerelease)
    is_whole = len(numbers) == len(("major", "minor", "patch"))
    next_one = _next(numbers, len(numbers))
    named = bool(prerelease)
    if not numbers:
        return _Bounds(None, None, inverted=sign in {"!=", ">", "<"})
    if sign in {"=", "!="}:
        return _Bounds(
            low,
            low if is_whole else next_one,
            includes_high=is_whole,
            inverted=sign == "!=",
            names_prerelease=named,
        )
    if sign == ">":
        if is_whole:
            return _Bounds(low, None, excludes_low=True, names_prerelease=named)
        return _Bounds(next_one, None)
    if sign == ">=":
        return _Bounds(low, None, names_prerelease=named)
    if sign == "<":
        return _Bounds(None, low, names_prerelease=named)
    if sign == "<=":
        high = low if is_whole else next_one
        return _Bounds(None, high, includes_high=is_whole, names_prerelease=named)
    kept = min(len(numbers), 2) if sign == "~" else _caret_kept(numbers)
    return _Bounds(low, _next(numbers, kept), names_prerelease=named)


def _caret_kept(numbers: list[int]) -> int:
    """How many parts ``^`` keeps: up to the first that is not 0, or all that are given."""
    for index, number in enumerate(numbers):
        if number:
            return index + 1
    return len(numbers)


def _next(numbers: list[int], kept: int) -> Version | None:
    """The first version whose first ``kept`` parts are greater."""
    if not kept:
        return None
    return _padded([*numbers[: kept - 1], numbers[kept - 1] + 1])


def _padded(numbers: list[int], prerelease: str = "") -> Version:
    major, minor, patch, *_ = [*numbers, 0, 0, 0]
    return Version(major, minor, patch, prerelease)


def _identifier(text: str) -> tuple[bool, int, str]:
    return (False, int(text), "") if text.isdecimal() else (True, 0, text)
