"""The functions of the language: what each takes and gives."""

from enum import StrEnum
from typing import Final

import msgspec


class Kind(StrEnum):
    """A type of values, as far as it is known without evaluating."""

    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    NIL = "nil"
    ARRAY = "array"
    MAP = "map"
    ANY = "any"


class Takes(StrEnum):
    """What an argument must be: a value of a kind, a predicate, or a literal of a certain form."""

    NUMBER = "number"
    INTEGER = "integer"
    STRING = "string"
    BOOLEAN = "boolean"
    ARRAY = "array"
    MAP = "map"
    ANY = "any"
    SCALAR = "scalar"
    PREDICATE = "predicate"
    CONDITION = "condition"
    DURATION = "duration"
    # These are written out in the filter, so that what it depends on is known beforehand.
    PROPERTY = "property"
    EVENT = "event"
    AUDIENCE = "audience"
    WINDOW = "window"
    PERCENT = "percent"
    SALT = "salt"


class Signature(msgspec.Struct, frozen=True):
    """What a function takes: at least ``required`` arguments; with ``repeats`` any more."""

    name: str
    takes: tuple[Takes, ...]
    required: int
    repeats: bool
    gives: Kind

    @property
    def allowed(self) -> str:
        """How a call looks, for people: ``trim(string[, string])``."""
        first = ", ".join(self.takes[: self.required]) + ("..." if self.repeats else "")
        further = "".join(f"[, {one}]" for one in self.takes[self.required :])
        return f"{self.name}({first}{further.removeprefix('[, ') if not first else further})"

    def argument(self, index: int) -> Takes:
        """What the argument at ``index`` must be."""
        return self.takes[min(index, len(self.takes) - 1)]


_TEXTS: Final = """
Now() number
Duration(duration) number
Properties(property scalar) scalar
PropertiesComputed(property scalar) scalar
PropertiesCustom(property scalar) scalar
SemverMatch(string string) boolean
EventCount(event window condition?) number
EventSum(event window condition?) number
EventDays(event window) number
EventLast(event) number
EventSequence(event event window) boolean
Audience(audience) boolean
Sample(percent salt?) boolean
LocalHour() number
all(array predicate) boolean
any(array predicate) boolean
one(array predicate) boolean
none(array predicate) boolean
filter(array predicate) array
map(array predicate) array
find(array predicate) any
findIndex(array predicate) number
findLast(array predicate) any
findLastIndex(array predicate) number
count(array predicate?) number
sum(array predicate?) number
sortBy(array predicate string?) array
abs(number) number
ceil(number) number
floor(number) number
round(number) number
max(any...) number
min(any...) number
mean(any...) number
median(any...) number
int(any) number
float(any) number
string(any) string
type(any) string
len(any) number
lower(string) string
upper(string) string
trim(string string?) string
trimPrefix(string string) string
trimSuffix(string string) string
split(string string integer?) array
join(array string?) string
replace(string string string) string
repeat(string integer) string
hasPrefix(string string) boolean
hasSuffix(string string) boolean
indexOf(string string) number
lastIndexOf(string string) number
keys(map) array
values(map) array
toPairs(map) array
fromPairs(array) map
get(any any) any
first(array) any
last(array) any
take(array integer) array
reverse(array) array
sort(array string?) array
uniq(array) array
concat(array...) array
flatten(array) array
toJSON(any) string
fromJSON(string) any
bitand(integer integer) number
bitor(integer integer) number
bitxor(integer integer) number
bitnand(integer integer) number
bitnot(integer) number
bitshl(integer integer) number
bitshr(integer integer) number
"""


def _signature(line: str) -> Signature:
    call, _, gives = line.rpartition(" ")
    name, _, inside = call.removesuffix(")").partition("(")
    parts = inside.split()
    takes = tuple(Takes(part.rstrip("?.")) for part in parts)
    required = sum(not part.endswith("?") for part in parts)
    repeats = inside.endswith("...")
    return Signature(name, takes, required, repeats, Kind.ANY if gives == "scalar" else Kind(gives))


SIGNATURES: Final = {
    signature.name: signature
    for signature in (_signature(line) for line in _TEXTS.split("\n") if line)
}

VARIABLES: Final = frozenset({"createTime", "updateTime"})

ABOUT_PLAYER: Final = frozenset(
    name
    for name, signature in SIGNATURES.items()
    if name[0].isupper() and name not in {"Duration", "SemverMatch"}
)
"""Functions whose answer depends on the player or on the time."""

# Words of expr-lang that mean nothing here, and what to write instead.
LEFT_OUT: Final = {
    "let": "variables are not supported",
    "if": 'write "test ? yes : no"',
    "now": "write Now()",
    "duration": 'write Duration("1d")',
    "date": "write seconds since the epoch",
    "reduce": "write sum, count, min or max",
    "groupBy": "it gives nothing to compare",
    "value": "write #.value within the condition",
    "metadata": "write #.metadata within the condition",
}
