"""What a caller is told of its flags, as bytes. Pure.

Most players resolve to one of a few combinations of values. What is encoded of a flag, and of a
combination of all flags, is made once and shared.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from weakref import WeakValueDictionary

import msgspec

from matsuri.flags.model import REASON_OF, Override, ReasonType, Resolution
from matsuri.kit.clock import MICROSECONDS

# Beyond it, everything is encoded anew.
_PIECES_BYTES_MAX = 32 * 1024 * 1024
_VERSION_BYTES = 12
# About what a flag takes of an answer beside its text: its places in the map by name and elsewhere.
_FLAG_BYTES = 50

_encoder = msgspec.json.Encoder()


class ChangeReasonMessage(msgspec.Struct, frozen=True):
    """Why a value is not the default."""

    type: ReasonType
    name: str
    variant_name: str


class FlagMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One flag as it is for the caller; ``change_reason`` only where its value is no default."""

    name: str
    value: str
    condition_changed: bool
    change_reason: ChangeReasonMessage | msgspec.UnsetType = msgspec.UNSET
    labels: tuple[str, ...]


class FlagsMessage(msgspec.Struct, frozen=True):
    """The flags of the caller."""

    flags: list[FlagMessage]


class OverrideMessage(msgspec.Struct, frozen=True):
    """One value that the flag has for the caller, unless a later one in the list has another."""

    type: int
    name: str
    variant_name: str
    value: str
    create_time_sec: str


class FlagOverridesMessage(msgspec.Struct, frozen=True):
    """Every value that a flag has for the caller; the last one counts."""

    flag_name: str
    overrides: list[OverrideMessage]
    labels: tuple[str, ...]


class OverridesMessage(msgspec.Struct, frozen=True):
    """The flags of the caller, with all that sets their values."""

    flags: list[FlagOverridesMessage]


class Answer:
    """Every flag of one caller.

    ``version`` is the same for equal bodies, and for no others.
    """

    __slots__ = (
        "__weakref__",
        "_body",
        "_order",
        "_own_bytes",
        "_pieces",
        "_version",
        "counted_bytes",
        "flags",
        "holders",
    )

    def __init__(
        self,
        flags: Mapping[str, Resolution],
        order: Mapping[str, int],
        pieces: Sequence[bytes],
        own_bytes: int,
    ) -> None:
        """``order`` has the places of the names among the ``pieces``, which are sorted by them.

        ``own_bytes`` of them are shared with no other answer.
        """
        self.flags = flags
        # How many entries of a cache have it, and what it counts for them (see ``AnswerCache``).
        self.holders = 0
        self.counted_bytes = 0
        self._order = order
        self._pieces = pieces
        self._own_bytes = own_bytes
        self._body = b""
        self._version = ""

    @property
    def body(self) -> bytes:
        """The answer to ``GET /v1/flag``: put together anew unless it is kept."""
        return self._body or _body(self._pieces)

    def keep_body(self) -> None:
        """Keep the body, which takes more memory than all the rest: where many ask for it."""
        self._body = self.body

    @property
    def memory_bytes(self) -> int:
        """About how much memory it takes."""
        return len(self._body) + self._own_bytes + _FLAG_BYTES * len(self.flags)

    @property
    def version(self) -> str:
        """See the class."""
        if not self._version:
            self._version = blake2b(self.body, digest_size=_VERSION_BYTES).hexdigest()
        return self._version

    def narrowed(self, names: Collection[str], labels: Collection[str]) -> bytes:
        """``body`` with only the flags of these names and with one of these labels.

        Where there are no names, or no labels, they narrow nothing.
        """
        return _body(self._pieces[self._order[name]] for name in self.chosen(names, labels))

    def chosen(self, names: Collection[str], labels: Collection[str]) -> list[str]:
        """The names of those flags, in their order."""
        chosen = sorted(set(names) & self.flags.keys()) if names else list(self._order)
        if not labels:
            return chosen
        return [name for name in chosen if any(each in labels for each in self.flags[name].labels)]


class Answers:
    """Makes answers, and gives the same one for the same resolutions as long as it is in use."""

    def __init__(self) -> None:
        self._pieces = Pieces(lambda name, found: _encoder.encode(flag_message(name, found)))
        self._answers: WeakValueDictionary[bytes, Answer] = WeakValueDictionary()
        self._by_mapping: WeakValueDictionary[int, Answer] = WeakValueDictionary()
        self._order: Mapping[str, int] = {}

    def of(self, flags: Mapping[str, Resolution]) -> Answer:
        """The answer with these resolutions, by the flags' names."""
        same = self._by_mapping.get(id(flags))
        if same is not None and same.flags is flags:
            return same
        # An answer keeps its resolutions, so that no others can have their identities.
        shape = array("Q", map(id, flags.values())).tobytes()
        known = self._answers.get(shape)
        if known is None:
            order = self._order_of(flags)
            unshared = self._pieces.unshared_bytes
            pieces = tuple(self._pieces.of(name, flags[name]) for name in order)
            own_bytes = self._pieces.unshared_bytes - unshared
            known = self._answers[shape] = Answer(flags, order, pieces, own_bytes)
            self._by_mapping[id(flags)] = known
        return known

    def _order_of(self, flags: Mapping[str, Resolution]) -> Mapping[str, int]:
        """The places of the sorted names; answers about the same flags share it."""
        if self._order.keys() != flags.keys():
            self._order = {name: place for place, name in enumerate(sorted(flags))}
        return self._order


class Pieces:
    """What is encoded of single flags, in bounded memory; each resolution is encoded once.

    ``unshared_bytes`` grows by what is encoded beyond that, which only the caller has.
    """

    def __init__(self, encode: Callable[[str, Resolution], bytes]) -> None:
        self.unshared_bytes = 0
        self._encode = encode
        # By the identity of a resolution, which is kept beside, so that no other one can have it.
        self._pieces: dict[int, tuple[Resolution, bytes]] = {}
        self._bytes = 0

    def of(self, name: str, resolution: Resolution) -> bytes:
        """The piece of that flag."""
        found = self._pieces.get(id(resolution))
        if found is not None:
            return found[1]
        piece = self._encode(name, resolution)
        if self._bytes + len(piece) > _PIECES_BYTES_MAX:
            self.unshared_bytes += len(piece)
            return piece
        self._bytes += len(piece)
        self._pieces[id(resolution)] = (resolution, piece)
        return piece


def flag_message(name: str, resolution: Resolution) -> FlagMessage:
    """A flag as the wire has it."""
    override = resolution.override
    reason = REASON_OF.get(override.type)
    return FlagMessage(
        name=name,
        value=override.value,
        condition_changed=resolution.changed,
        change_reason=msgspec.UNSET
        if reason is None
        else ChangeReasonMessage(reason, override.name, override.variant_name),
        labels=resolution.labels,
    )


def overrides_message(
    overrides: Mapping[str, Sequence[Override]], labels: Mapping[str, tuple[str, ...]]
) -> OverridesMessage:
    """The answer to ``GET /v1/flag/override``; ``labels`` are those of each flag."""
    return OverridesMessage(
        [
            FlagOverridesMessage(name, [_override(each) for each in held], labels[name])
            for name, held in overrides.items()
        ]
    )


def _override(override: Override) -> OverrideMessage:
    return OverrideMessage(
        type=override.type,
        name=override.name,
        variant_name=override.variant_name,
        value=override.value,
        create_time_sec=str(override.defined_us // MICROSECONDS),
    )


def _body(pieces: Iterable[bytes]) -> bytes:
    return b'{"flags":[' + b",".join(pieces) + b"]}"
