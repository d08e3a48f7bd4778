from collections import OrderedDict

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matsuri.kit.lru import LruCache


def test_the_least_recently_used_goes_first() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert cache.get("b") is None
    assert cache.get("a") == 1
    assert cache.get("c") == 3


def test_putting_again_replaces_and_refreshes() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.put("a", 3)
    cache.put("c", 4)
    assert len(cache) == 2
    assert cache.get("a") == 3
    assert cache.get("b") is None


def test_false_values_are_values() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("zero", 0)
    cache.put("one", 1)
    assert cache.get("zero") == 0
    cache.put("two", 2)
    assert cache.get("zero") == 0


def test_discard_where_and_clear() -> None:
    cache: LruCache[int, int] = LruCache(10)
    for number in range(6):
        cache.put(number, number)
    cache.discard_where(lambda value: value % 2 == 0)
    assert [cache.get(number) for number in range(6)] == [None, 1, None, 3, None, 5]
    cache.clear()
    assert len(cache) == 0


def test_no_room_at_all() -> None:
    cache: LruCache[str, int] = LruCache(0)
    cache.put("a", 1)
    assert cache.get("a") is None


class LruAgainstModel(RuleBasedStateMachine):
    keys = st.integers(0, 6)

    def __init__(self) -> None:
        super().__init__()
        self.cache: LruCache[int, int] = LruCache(4)
        self.model: OrderedDict[int, int] = OrderedDict()

    @rule(key=keys, value=st.integers())
    def put(self, key: int, value: int) -> None:
        self.cache.put(key, value)
        self.model.pop(key, None)
        self.model[key] = value
        while len(self.model) > 4:
            self.model.popitem(last=False)

    @rule(key=keys)
    def get(self, key: int) -> None:
        expected = self.model.pop(key, None)
        if expected is not None:
            self.model[key] = expected
        assert self.cache.get(key) == expected

    @rule(key=keys)
    def pop(self, key: int) -> None:
        assert self.cache.pop(key) == self.model.pop(key, None)

    @rule(bound=st.integers())
    def discard(self, bound: int) -> None:
        self.cache.discard_where(lambda value: value < bound)
        self.model = OrderedDict((k, v) for k, v in self.model.items() if v >= bound)

    @invariant()
    def holds_as_many(self) -> None:
        assert len(self.cache) == len(self.model) <= 4


TestLruAgainstModel = LruAgainstModel.TestCase
