"""What several tests draw examples from."""

from hypothesis import strategies as st

from matsuri.events.model import Event

# ``st.text()`` leaves out lone surrogates; a JSON decoder or a URL may let them in.
any_text = st.text(st.characters())
storable_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
numeric_text = st.one_of(
    st.integers(-(10**18) + 1, 10**18 - 1).map(str),
    st.decimals(-(10**17), 10**17, places=6).map(str),
    st.floats(-1e17, 1e17).map(str),
    st.sampled_from(["0", "-0.0", "1e3", "+5", "5.", "1E-15", "9e17", "-1.5"]),
)
event_names = st.sampled_from(["_sessionStart", "gameStarted", "purchaseCompleted", "statUpdated"])


@st.composite
def event_lists(draw: st.DrawFn, *, ties: bool = True, events_max: int = 12) -> list[Event]:
    """Events of few names; without ``ties`` no two have the same time."""
    count = draw(st.integers(0, events_max))
    moments = draw(
        st.lists(
            st.integers(-5, 5) if ties else st.integers(-(10**15), 10**16),
            min_size=count,
            max_size=count,
            unique=not ties,
        )
    )
    value = st.one_of(st.none(), st.just(""), numeric_text, storable_text)
    return [
        Event(
            id=f"event-{index}",
            name=draw(event_names),
            timestamp_us=moment_us,
            value=draw(value),
        )
        for index, moment_us in enumerate(moments)
    ]
