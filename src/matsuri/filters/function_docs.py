"""What each function means, with an example, for people: the reference page is made of this."""

from typing import Final

import msgspec

from matsuri.filters.signatures import SIGNATURES, Signature


class FunctionDoc(msgspec.Struct, frozen=True):
    """``example`` gives ``value``, as JSON, for the player of the reference page."""

    signature: Signature
    meaning: str
    example: str
    value: str


# The meaning, and below it an example, which begins with the function, and its value.
_TEXTS: Final = """
## The player
The default property, or the second argument where it is missing.
  Properties("countryCode", "") => "US"
The custom property.
  PropertiesCustom("level", 0) => 12
The computed property.
  PropertiesComputed("purchaseCompletedCount", 0) => 3
Whether the player is in that audience. Cycles are refused.
  Audience("All-Spenders") => true
Whether the player is in that share of all; a text as second argument draws another share.
  Sample(100) => true
Whether the version is in the range. Where both could be either, the second is the range.
  SemverMatch(PropertiesCustom("installVersion", "0"), "^2.0.0") => true

## Time
The current time, in seconds since the epoch.
  Now() => 1700000000
The seconds of a duration in `ms`, `s`, `m`, `h`, `d`, `w`.
  Duration("1d12h") => 129600
The hour, 0 to 23, by the custom property `timeZone`, otherwise in UTC.
  LocalHour() => 0

## Past events
How many events there were in the window, of those that meet the condition.
  EventCount("purchaseCompleted", "7d", .metadata.sku == "pack") => 1
The sum of their values that are numbers.
  EventSum("purchaseCompleted", "30d") => 1498
On how many UTC days there was such an event.
  EventDays("gameStarted", "14d") => 2
The second of the last such event, or 0.
  EventLast("gameStarted") => 1699999940
Whether the second event ever came within that time after the first.
  EventSequence("tutorialStarted", "purchaseCompleted", "2d") => true

## Predicates
Whether it is true of all elements.
  all([1, 2], # > 0) => true
Whether it is true of at least one.
  any([1, 2], # > 1) => true
Whether it is true of exactly one.
  one([1, 2], # > 1) => true
Whether it is true of none.
  none([1, 2], # > 2) => true
Of how many it is true; without a predicate, how many are `true`.
  count([1, 2, 3], # > 1) => 2
The elements of which it is true.
  filter([1, 2, 3], # > 1) => [2, 3]
What the predicate makes of each element.
  map([1, 2], # * 10) => [10, 20]
The first element of which it is true, or `nil`.
  find([1, 2, 3], # > 1) => 2
Its index, or -1.
  findIndex([1, 2, 3], # > 1) => 1
The last element of which it is true, or `nil`.
  findLast([1, 2, 3], # > 1) => 3
Its index, or -1.
  findLastIndex([1, 2, 3], # > 1) => 2
The sum of the numbers, or of what the predicate makes of each element.
  sum([{n: 1}, {n: 2}], .n) => 3
The elements in the order of what the predicate makes of each; `"desc"` turns it around.
  sortBy([3, 1, 2], -#) => [3, 2, 1]

## Texts
Lower case.
  lower("Hello") => "hello"
Upper case.
  upper("Hello") => "HELLO"
Without spaces at both ends, or without any of the given characters.
  trim("  Hello ") => "Hello"
Without that beginning.
  trimPrefix("v2.0.1", "v") => "2.0.1"
Without that end.
  trimSuffix("map.json", ".json") => "map"
The parts between delimiters, at most as many as the third argument says.
  split("a,b,c", ",") => ["a", "b", "c"]
One text of many, with the delimiter between them.
  join(["a", "b"], "-") => "a-b"
With every occurrence replaced.
  replace("a-b-c", "-", "+") => "a+b+c"
So many times.
  repeat("ab", 2) => "abab"
Whether it begins so, as `startsWith`.
  hasPrefix("Hello", "He") => true
Whether it ends so, as `endsWith`.
  hasSuffix("Hello", "lo") => true
Where it is first found, from 0, or -1.
  indexOf("apple", "p") => 1
Where it is last found, or -1.
  lastIndexOf("apple", "p") => 2

## Numbers
Without its sign.
  abs(-5) => 5
The next whole number above.
  ceil(1.2) => 2.0
The next whole number below.
  floor(1.8) => 1.0
The nearest whole number; halves go away from 0.
  round(2.5) => 3.0
The greatest of numbers and of arrays of numbers.
  max(1, [5, 2]) => 5
The least.
  min(4, 2) => 2
The average.
  mean([1, 2, 6]) => 3.0
The number in the middle.
  median([1, 2, 6]) => 2.0
Bits that both have.
  bitand(10, 12) => 8
Bits that any has.
  bitor(10, 12) => 14
Bits that one alone has.
  bitxor(10, 12) => 6
Bits that the first alone has.
  bitnand(10, 12) => 2
Every bit turned over.
  bitnot(10) => -11
Bits moved to higher places.
  bitshl(3, 2) => 12
Bits moved to lower places.
  bitshr(12, 2) => 3

## Arrays and maps
How many characters, elements or keys.
  len("日本") => 2
The first element, or `nil`.
  first([1, 2]) => 1
The last element, or `nil`.
  last([1, 2]) => 2
So many from the beginning.
  take([1, 2, 3], 2) => [1, 2]
From last to first.
  reverse([1, 2]) => [2, 1]
Numbers, or texts, in order; `"desc"` turns it around.
  sort([2, 1], "desc") => [2, 1]
Each element once.
  uniq([1, 2, 1]) => [1, 2]
One array after the other.
  concat([1], [2, 3]) => [1, 2, 3]
The elements, and those of arrays among them.
  flatten([1, [2, [3]]]) => [1, 2, 3]
The keys of a map.
  keys({a: 1}) => ["a"]
The values of a map.
  values({a: 1}) => [1]
The keys and values.
  toPairs({a: 1}) => [["a", 1]]
A map of keys and values.
  fromPairs([["a", 1]]) => {"a": 1}
The element of an index or key, or `nil` where it does not exist.
  get([1, 2], 9) => null

## Conversions
A number without its fraction, or the integer that a text spells.
  int("12") => 12
A number as a float, or the one that a text spells.
  float("0.5") => 0.5
A text as it is, a number as it is written, others as JSON.
  string(1.5) => "1.5"
`nil`, `bool`, `int`, `float`, `string`, `array` or `map`.
  type(1.5) => "float"
The value as JSON.
  toJSON({a: [1]}) => "{\\"a\\":[1]}"
What JSON means, such as a property that has an object.
  fromJSON('{"a": [1]}').a => [1]
"""


def _groups() -> dict[str, tuple[FunctionDoc, ...]]:
    found: dict[str, list[FunctionDoc]] = {}
    group: list[FunctionDoc] = []
    meaning = ""
    for line in _TEXTS.splitlines():
        if line.startswith("## "):
            group = found[line.removeprefix("## ")] = []
        elif line.startswith("  "):
            example, value = line.strip().split(" => ")
            signature = SIGNATURES[example.partition("(")[0]]
            group.append(FunctionDoc(signature, meaning, example, value))
        else:
            meaning = line
    return {title: tuple(docs) for title, docs in found.items()}


FUNCTION_DOCS: Final = _groups()
"""Every function, by the headings of the page."""
