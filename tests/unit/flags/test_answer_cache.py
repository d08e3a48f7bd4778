"""What is remembered of players' answers, and in how much memory."""

import tracemalloc

from matsuri.flags.answer_cache import AnswerCache, Held
from matsuri.flags.answers import Answer, Answers
from matsuri.flags.model import Override, OverrideType, Resolution
from matsuri.identities.read_player import Commits, PlayerVersion

PLAYERS = 300
NAMES = [f"flag-{number:03}" for number in range(200)]


def resolution(name: str, value: str) -> Resolution:
    override = Override(OverrideType.FLAG_VARIANT, name, "variant", value, 0)
    return Resolution(override, (), changed=True)


def held(answer: Answer) -> Held:
    return Held(Commits(0, 0), PlayerVersion(0, 0), 0, 0, 1, answer)


def test_what_is_counted_is_about_what_it_takes() -> None:
    """Each player has a combination of values that nobody else has."""
    both = {name: (resolution(name, "off"), resolution(name, "on")) for name in NAMES}
    answers = Answers()
    cache = AnswerCache(entries_max=PLAYERS, bytes_max=2**30)

    def put(player: int) -> None:
        flags = {name: both[name][player >> place & 1] for place, name in enumerate(NAMES)}
        cache.put(player, held(answers.of(flags)))

    # What all share comes first: it is not of the cache.
    put(0)
    put(2**200 - 1)
    counted = cache.bytes
    tracemalloc.start()
    for player in range(1, PLAYERS - 1):
        put(player)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 < (cache.bytes - counted) / taken < 1.25


def test_answers_that_players_share_are_counted_once() -> None:
    cache = AnswerCache(entries_max=10, bytes_max=2**30)
    answer = Answers().of({"flag": resolution("flag", "x" * 10_000)})
    for player in range(1, 4):
        cache.put(player, held(answer))
    assert 10_000 < cache.bytes < 20_000
    cache.clear()
    assert (len(cache), cache.bytes) == (0, 0)


def test_only_of_what_several_have_the_body_is_kept() -> None:
    cache = AnswerCache(entries_max=10, bytes_max=2**30)
    answer = Answers().of({"flag": resolution("flag", "x" * 10_000)})
    body = answer.body
    cache.put(1, held(answer))
    assert cache.bytes < 1_000
    assert answer.body is not answer.body
    cache.put(2, held(answer))
    assert cache.bytes > 10_000
    assert answer.body is answer.body
    assert answer.body == body
    cache.put(1, held(answer))
    cache.drop(1)
    cache.drop(2)
    assert cache.bytes == 0


def test_who_asked_longest_ago_goes_first() -> None:
    cache = AnswerCache(entries_max=2, bytes_max=2**30)
    answer = Answers().of({"flag": resolution("flag", "on")})
    cache.put(1, held(answer))
    cache.put(2, held(answer))
    assert cache.get(1) is not None
    cache.put(3, held(answer))
    assert [cache.get(key) is not None for key in (1, 2, 3)] == [True, False, True]


def test_more_than_fits_is_not_kept() -> None:
    cache = AnswerCache(entries_max=10, bytes_max=5_000)
    answers = Answers()
    for player in range(5):
        flags = {name: resolution(name, str(player)) for name in NAMES[:60]}
        cache.put(player, held(answers.of(flags)))
    assert len(cache) == 1
    assert cache.bytes <= 5_000
