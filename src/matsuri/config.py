"""Every setting and every limit, with its unit in its name.

Settings come from, in rising order of precedence: the defaults below, a TOML file, ``MATSURI_*``
environment variables, command-line flags. ``docs/reference/configuration.md`` is generated from
this file.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from matsuri.kit.addresses import is_guarded_address

ENVIRONMENT_PREFIX = "MATSURI_"
CONFIG_VARIABLE = "MATSURI_CONFIG"
_LISTS = frozenset(
    {
        "console_totp_roles",
        "oidc_scopes",
        "oidc_email_domains",
        "oidc_roles",
        "oidc_trusts_second_factor",
        "trusted_proxies",
        "taxonomy_packs",
        "approval_entities",
        "approval_labels",
    }
)
_REDACTED = "(set)"
# The database itself keeps entries for so long (``console.audit_store``).
_AUDIT_DAYS_MIN = 30
_LIST_SEPARATOR = ","
_ANALYTICS_SCHEMES = ("duckdb:", "clickhouse://", "clickhouses://")
_SIGNING_KEY_CHARS_ADVISED = 32

Seconds = Annotated[int, Meta(ge=1, le=10 * 366 * 86_400)]
Count = Annotated[int, Meta(ge=1)]
Port = Annotated[int, Meta(ge=0, le=65_535)]


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    API = "api"
    WORKER = "worker"


class TaxonomyPack(StrEnum):
    """Predefined events that publishers send beside the core ones."""

    HIRO = "hiro"


class DefinitionKind(StrEnum):
    """What a studio defines."""

    AUDIENCE = "audience"
    EVENT = "event"
    EXCLUSION_GROUP = "exclusion_group"
    EXPERIMENT = "experiment"
    FLAG = "flag"
    HOLDOUT_GROUP = "holdout_group"
    LABEL = "label"
    LIVE_EVENT = "live_event"
    PROPERTY = "property"
    VALIDATOR = "validator"


class ConsoleRole(StrEnum):
    """What a console user may do."""

    ADMIN = "admin"
    DEBUGGER = "debugger"
    DEVELOPER = "developer"
    GAME_DESIGNER = "game_designer"
    SUPPORT = "support"


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severe log lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingsError(Exception):
    """A setting is unknown or has a value that is not allowed; the text says which."""


def _doc(text: str, *, secret: bool = False) -> Meta:
    return Meta(description=text, extra={"secret": secret})


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration of one server."""

    # Where it lives
    data_dir: Annotated[str, _doc("Folder for everything the server keeps.")] = "data"
    host: Annotated[str, _doc("Address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, _doc("Port of the client and console API; 0 takes a free one.")] = 7450
    base_path: Annotated[
        str, _doc("Path in front of every route, such as `/liveops`, where a proxy keeps one.")
    ] = ""
    public_url: Annotated[
        str,
        _doc(
            "Address at which clients reach this server, such as `https://liveops.example.com`, "
            "for addresses in answers; if empty, clients take the host that they asked."
        ),
    ] = ""
    metrics_host: Annotated[str, _doc("Address of the Prometheus `/metrics` port.")] = "127.0.0.1"
    metrics_port: Annotated[
        Annotated[int, Meta(ge=-1, le=65_535)],
        _doc("Port of Prometheus `/metrics`; 0 takes a free one, -1 switches it off."),
    ] = 7453
    role: Annotated[
        Role, _doc("`all` runs the API and its worker, `api` or `worker` only that one.")
    ] = Role.ALL

    # First start
    api_key: Annotated[
        str, _doc("Value of the API key `default`; made on first start if empty.", secret=True)
    ] = ""
    server_key: Annotated[
        str, _doc("Value of the server key `default`; made on first start if empty.", secret=True)
    ] = ""
    signing_key: Annotated[
        str,
        _doc(
            "HS256 key of session tokens (`session.signingkey`), shared with Nakama; made on "
            "first start if empty. Take 32 random characters or more.",
            secret=True,
        ),
    ] = ""
    admin_email: Annotated[str, _doc("E-mail of the administrator.")] = "admin@example.com"
    admin_password: Annotated[
        str,
        _doc("Password of the administrator; made on first start if empty.", secret=True),
    ] = ""
    sample_experiment: Annotated[
        bool,
        _doc(
            "Whether a new server begins with a running sample experiment, as Satori does. It "
            "changes no flag, has at most 10,000 participants, and can be ended and deleted."
        ),
    ] = True

    # Logs
    log_level: Annotated[LogLevel, _doc("Least severe log lines to write.")] = LogLevel.INFO
    log_format: Annotated[LogFormat, _doc("`text` for people, `json` for machines.")] = (
        LogFormat.TEXT
    )
    log_requests: Annotated[bool, _doc("Whether every request is logged, not only failures.")] = (
        False
    )

    # Keys
    keys_max: Annotated[Count, _doc("Most API keys, and most server keys.")] = 1000
    key_grace_seconds: Annotated[
        Seconds,
        _doc("How long the value before works after a key is rotated, if that is not said."),
    ] = 86_400
    key_grace_seconds_max: Annotated[
        Seconds, _doc("Longest time for which the value before may work.")
    ] = 90 * 86_400
    key_uses_write_seconds: Annotated[
        Seconds, _doc("The last use of a key is written at most once in this time.")
    ] = 60

    # Sessions and identities
    session_token_seconds: Annotated[Seconds, _doc("Life of a session token.")] = 3600
    refresh_token_seconds: Annotated[Seconds, _doc("Life of a refresh token.")] = 7 * 86_400
    session_grace_seconds: Annotated[
        Seconds,
        _doc(
            "A game server's event for a player joins the player's most recent session if that "
            "was active this recently."
        ),
    ] = 1800
    accept_undeclared: Annotated[
        bool,
        _doc("Accept events and properties that no taxonomy declares: for development only."),
    ] = False
    property_value_chars_max: Annotated[Count, _doc("Longest property value, characters.")] = 1024
    properties_max: Annotated[
        Count, _doc("Most default, and most custom, properties of an identity.")
    ] = 512
    computed_names_max: Annotated[
        Count, _doc("Most event names for which an identity has computed properties.")
    ] = 1000
    import_identities_max: Annotated[
        Count, _doc("Most identities in one request of an import.")
    ] = 1000

    # What studios declare
    taxonomy_packs: Annotated[
        list[TaxonomyPack],
        _doc("Packs of predefined events beside the core ones. `hiro`: what Hiro sends."),
    ] = msgspec.field(default_factory=lambda: [TaxonomyPack.HIRO])
    definitions_max: Annotated[Count, _doc("Most definitions of one kind.")] = 10_000
    change_set_changes_max: Annotated[Count, _doc("Most changes of one change set.")] = 5000
    change_set_bytes_max: Annotated[
        Count, _doc("Most bytes of all changes of one change set, as JSON.")
    ] = 4 * 1024 * 1024
    change_sets_open_max: Annotated[
        Count, _doc("Most change sets that are neither published nor discarded.")
    ] = 1000
    change_set_overlap_days: Annotated[
        Annotated[int, Meta(ge=1, le=366)],
        _doc("Days from now for which a change set warns of overlaps in the calendar."),
    ] = 90
    approval_entities: Annotated[
        list[DefinitionKind],
        _doc(
            "Kinds of definitions that are changed only by change sets that somebody else has "
            "approved: `flag,experiment`."
        ),
    ] = msgspec.field(default_factory=list)
    approval_labels: Annotated[
        list[str],
        _doc("Labels whose definitions are changed only by change sets approved in this way."),
    ] = msgspec.field(default_factory=list)
    approvals_needed: Annotated[
        Count, _doc("How many people have to approve where approval is needed.")
    ] = 1
    approval_server_keys_exempt: Annotated[
        bool, _doc("Let server keys change definitions where people need approval.")
    ] = False
    approval_for_rollback: Annotated[
        bool, _doc("Whether to take back what was published needs approval, too.")
    ] = False
    calendar_days_max: Annotated[
        Count, _doc("Longest span of time that the calendar is asked for, days.")
    ] = 400
    calendar_entries_max: Annotated[
        Count, _doc("Most runs, phases and changes that the calendar looks at in one span.")
    ] = 5000
    schema_bytes_max: Annotated[Count, _doc("Largest JSON Schema of a validator.")] = 64 * 1024
    schema_depth_max: Annotated[
        Annotated[int, Meta(ge=1, le=64)], _doc("Deepest nesting of a JSON Schema.")
    ] = 32
    schema_steps_max: Annotated[
        Count,
        _doc("Most subschemas of a validator; those of others that it refers to count each time."),
    ] = 2000

    # Audiences
    filter_chars_max: Annotated[Count, _doc("Longest filter of an audience, characters.")] = 10_000
    filter_depth_max: Annotated[
        Annotated[int, Meta(ge=1, le=50)], _doc("Deepest nesting of a filter.")
    ] = 50
    filter_nodes_max: Annotated[Count, _doc("Most names, literals and operators of a filter.")] = (
        1000
    )
    audience_list_ids_max: Annotated[
        Count, _doc("Most ids in one request that changes a list of an audience.")
    ] = 5000
    audience_entries_max: Annotated[Count, _doc("Most ids on one list of an audience.")] = 1_000_000
    audience_import_ids_max: Annotated[
        Count,
        _doc(
            "Most ids of an import that replaces a list. The commit of 300,000 takes about a "
            "second, in which nothing else is written."
        ),
    ] = 300_000
    audience_import_seconds_max: Annotated[
        Seconds, _doc("How long an import may take from its beginning to its commit.")
    ] = 86_400
    audience_changes_seconds_max: Annotated[
        Seconds, _doc("How long it is kept who changed a list of an audience.")
    ] = 400 * 86_400
    preview_players_max: Annotated[
        Count, _doc("Most players that a preview of an audience looks at; of more, it samples.")
    ] = 20_000
    preview_seconds_max: Annotated[
        Annotated[float, Meta(gt=0, le=60)], _doc("Longest time that a preview looks at players.")
    ] = 3.0
    preview_events_max: Annotated[
        Count,
        _doc("Most events that a preview, or a count of impact, looks up in players' history."),
    ] = 500_000

    # What a change would do
    impact_exact_players_max: Annotated[
        Count,
        _doc(
            "Up to so many players, all are looked at to count what a change would do; of more, so "
            "many are drawn at random."
        ),
    ] = 100_000
    impact_seconds_max: Annotated[
        Annotated[float, Meta(gt=0, le=300)],
        _doc("Longest time that such a count looks at players, in seconds."),
    ] = 30.0
    impacts_at_once_max: Annotated[
        Annotated[int, Meta(ge=1, le=8)], _doc("Most such counts at once; further ones get 429.")
    ] = 1

    # The audit log
    audit_retention_days: Annotated[
        Annotated[int, Meta(ge=0, le=36_600)],
        _doc(
            "Days for which entries of the audit log are kept, at least 30; 0 keeps them for ever."
        ),
    ] = 0
    audit_refused_entries_per_hour_max: Annotated[
        Count,
        _doc(
            "Most refused and failed calls of the console that get an audit entry of their own in "
            "an hour; of further ones it is told how many there were."
        ),
    ] = 600

    # Flags
    flag_value_bytes_max: Annotated[Count, _doc("Largest value of a flag or a variant.")] = (
        128 * 1024
    )
    flag_variants_max: Annotated[Count, _doc("Most variants of a flag.")] = 100
    flag_audiences_max: Annotated[Count, _doc("Most audiences of a variant.")] = 100
    flag_changes_max: Annotated[Count, _doc("Most scheduled changes of a flag.")] = 100

    # Flags as games read them
    flags_default_when_unavailable: Annotated[
        bool,
        _doc(
            "Whether every player has the default values of flags while players cannot be read; "
            "otherwise reads of flags get 503 then."
        ),
    ] = False
    flag_cache_entries_max: Annotated[
        Count, _doc("Most players whose flags are remembered between reads.")
    ] = 50_000
    flag_cache_bytes_max: Annotated[
        Count, _doc("About how much memory the remembered flags of players take.")
    ] = 128 * 1024 * 1024
    flag_streams_max: Annotated[
        Count, _doc("Most streams that tell of changed flags; further ones get 429.")
    ] = 1000
    flag_streams_per_player_max: Annotated[
        Count,
        _doc(
            "Most of these streams about one player, or one targeting key that may become one; "
            "further ones get 429."
        ),
    ] = 20
    flag_stream_address_seconds: Annotated[
        Seconds,
        _doc("Life of the address of such a stream: once to twice as long, then there is another."),
    ] = 1800
    flag_stream_inactivity_seconds: Annotated[
        Seconds, _doc("After so long in the background, clients shall leave such a stream.")
    ] = 120
    flag_reads_write_seconds: Annotated[
        Seconds, _doc("How often it is written down which flags were read how often.")
    ] = 60

    # Live events
    enrolments_full_seconds: Annotated[
        Seconds,
        _doc(
            "How long a full phase or run counts as full without looking, in seconds: so long a "
            "place that became free stays free."
        ),
    ] = 1
    enrolments_full_recheck_seconds: Annotated[
        Seconds,
        _doc(
            "After how many seconds a player is looked at again who got no place because a phase "
            "or a run was full. What else changes for the player counts at once."
        ),
    ] = 30
    experiment_value_bytes_max: Annotated[
        Count, _doc("Largest value of a variant of an experiment, in bytes of UTF-8.")
    ] = 128 * 1024
    experiment_phases_max: Annotated[Count, _doc("Most phases of an experiment.")] = 50
    experiment_variants_max: Annotated[Count, _doc("Most variants of a phase.")] = 100
    experiment_flags_max: Annotated[Count, _doc("Most flags that a variant gives values.")] = 100
    experiment_audiences_max: Annotated[
        Count, _doc("Most audiences in each list of an experiment or a phase.")
    ] = 100
    experiment_metrics_max: Annotated[
        Count, _doc("Most metrics in each list of an experiment or a phase.")
    ] = 100
    live_event_past_runs_max: Annotated[
        Count, _doc("Most past runs of each live event in one answer to a game.")
    ] = 100
    live_event_future_runs_max: Annotated[
        Count, _doc("Most future runs of each live event in one answer to a game.")
    ] = 100
    live_event_window_runs_max: Annotated[
        Count,
        _doc("Most runs of each live event in one answer about a stretch of time, the earliest."),
    ] = 100
    live_event_transition_seconds_max: Annotated[
        Seconds, _doc("How long starts and ends of runs of live events are kept to be acted on.")
    ] = 30 * 86_400
    live_event_transitions_max: Annotated[
        Count, _doc("Most starts and ends of runs that are kept; beyond it the oldest go.")
    ] = 100_000

    # Definitions of live events
    live_event_value_bytes_max: Annotated[
        Count, _doc("Largest value of a live event, and of a flag in one.")
    ] = 128 * 1024
    live_event_flags_max: Annotated[Count, _doc("Most flags that a live event gives values.")] = 100
    live_event_variants_max: Annotated[
        Count, _doc("Most variants of the value that a live event gives a flag.")
    ] = 100
    live_event_audiences_max: Annotated[
        Count, _doc("Most audiences in each list of a live event.")
    ] = 100
    live_event_former_schedules_max: Annotated[
        Count, _doc("Most changes of schedule of one live event; each is kept, with its runs.")
    ] = 100
    live_event_stops_max: Annotated[
        Count, _doc("Most stops of one live event that are kept; the oldest are forgotten.")
    ] = 1000

    # Test devices
    test_device_offset_seconds_max: Annotated[
        Seconds,
        _doc("Furthest that the clock of a test device may be ahead or behind, in seconds."),
    ] = 400 * 86_400
    test_devices_max: Annotated[Count, _doc("Most test devices at a time.")] = 1000

    # Where clients are
    geo_database: Annotated[
        str, _doc("MaxMind DB file (country or city) for places by client address; may be empty.")
    ] = ""
    trusted_proxies: Annotated[
        list[str],
        _doc(
            "Addresses or networks whose `X-Forwarded-For` is believed, such as your load "
            "balancer or Nakama: `10.0.0.0/8,::1`."
        ),
    ] = msgspec.field(default_factory=list)

    # Requests
    body_bytes_max: Annotated[Count, _doc("Largest request body, also after unpacking.")] = (
        1024 * 1024
    )
    bodies_in_flight_max: Annotated[
        Count, _doc("Most request bodies on their way at once; further ones get 503.")
    ] = 5000
    body_seconds_max: Annotated[Seconds, _doc("Longest time for a request body to arrive.")] = 30
    head_bytes_max: Annotated[Count, _doc("Largest request line and headers.")] = 64 * 1024
    head_seconds_max: Annotated[
        Seconds, _doc("Longest time for a request line and headers to arrive.")
    ] = 20
    requests_in_flight_max: Annotated[
        Count, _doc("Most requests in work at once; further ones get 503.")
    ] = 2000
    drain_seconds_max: Annotated[
        Seconds, _doc("Longest time for requests to finish after SIGTERM.")
    ] = 20
    sign_in_failures_max: Annotated[
        Count, _doc("Most failed console sign-ins per e-mail and per address in the window.")
    ] = 10
    sign_ins_waiting_max: Annotated[
        Count, _doc("Most console sign-ins waiting at once; further ones get 429.")
    ] = 8
    sign_in_window_seconds: Annotated[Seconds, _doc("Length of that window.")] = 300

    # People
    console_session_seconds: Annotated[
        Seconds, _doc("Longest life of a console session, from the sign-in.")
    ] = 12 * 3600
    console_session_idle_seconds: Annotated[
        Seconds, _doc("A console session that is not used for so long is over.")
    ] = 4 * 3600
    console_session_seen_seconds: Annotated[
        Annotated[int, Meta(ge=1, le=3600)],
        _doc("The last use of a console session is written at most once in this time."),
    ] = 60
    console_sessions_max: Annotated[
        Count, _doc("Most console sessions of a user; beyond it the oldest end.")
    ] = 50
    console_users_max: Annotated[Count, _doc("Most console users.")] = 1000
    console_password_chars_min: Annotated[
        Annotated[int, Meta(ge=8, le=128)], _doc("Shortest password that a user may choose.")
    ] = 12
    console_password_chars_max: Annotated[
        Annotated[int, Meta(ge=128, le=4096)], _doc("Longest password of a user, characters.")
    ] = 1024
    console_one_time_password_seconds: Annotated[
        Seconds, _doc("How long a password for one time opens the door to another one.")
    ] = 7 * 86_400
    console_totp_roles: Annotated[
        list[ConsoleRole],
        _doc("Roles whose users must have a second factor: `admin,developer`."),
    ] = msgspec.field(default_factory=list)
    console_totp_issuer: Annotated[
        str, _doc("Name under which apps for second factors show this server.")
    ] = "Matsuri"
    console_enrolment_seconds: Annotated[
        Seconds, _doc("How long setting up a second factor may take.")
    ] = 900
    console_cookie_secure: Annotated[
        bool,
        _doc(
            "Whether browsers send the console's cookie by https only, also where this server "
            "cannot tell that it is reached so."
        ),
    ] = False
    console_password_sign_in: Annotated[
        bool,
        _doc(
            "Whether users sign in with passwords. Without it only `admin_email` does, and the "
            "others sign in at the provider of `oidc_issuer`."
        ),
    ] = True

    # Single sign-on
    oidc_issuer: Annotated[
        str,
        _doc(
            "OpenID provider where users of the console sign in, exactly as it calls itself in "
            "its discovery document; empty for none. Needs `public_url`."
        ),
    ] = ""
    oidc_client_id: Annotated[str, _doc("What this server is called there: the client id.")] = ""
    oidc_client_secret: Annotated[
        str, _doc("The secret of that client; empty for a public one.", secret=True)
    ] = ""
    oidc_label: Annotated[str, _doc("What the sign-in screen calls the provider.")] = (
        "company account"
    )
    oidc_scopes: Annotated[
        list[str], _doc("Scopes to ask for; `openid` is one of them in any case.")
    ] = msgspec.field(default_factory=lambda: ["openid", "email", "profile"])
    oidc_email_domains: Annotated[
        list[str],
        _doc("Domains of e-mail addresses that may sign in there: `example.com`. Empty for all."),
    ] = msgspec.field(default_factory=list)
    oidc_email_verified_claim: Annotated[
        str, _doc("Claim that says whether an e-mail address is verified.")
    ] = "email_verified"
    oidc_link_by_email: Annotated[
        bool,
        _doc(
            "Whether who signs in there first becomes the user of the console with the same "
            "verified e-mail address."
        ),
    ] = True
    oidc_create_users: Annotated[
        bool, _doc("Whether who signs in there and is no user yet becomes one.")
    ] = False
    oidc_roles_claim: Annotated[
        str,
        _doc("Claim with a user's groups or roles there; with dots for one inside another one."),
    ] = "groups"
    oidc_roles: Annotated[
        list[str],
        _doc(
            "Roles by values of that claim, `liveops-admins=admin,designers=game_designer`; the "
            "first that fits counts. Users then get their role at each sign-in."
        ),
    ] = msgspec.field(default_factory=list)
    oidc_default_role: Annotated[
        str,
        _doc("Role where no value of `oidc_roles` fits; if empty, such users are refused."),
    ] = ""
    oidc_trusts_second_factor: Annotated[
        list[str],
        _doc(
            "Values of `amr` or `acr` which tell that the sign-in there had a second factor: "
            "`mfa,hwk`."
        ),
    ] = msgspec.field(default_factory=list)
    oidc_sign_in_seconds: Annotated[
        Seconds, _doc("How long a sign-in at the provider may take.")
    ] = 600
    oidc_clock_skew_seconds: Annotated[
        Annotated[int, Meta(ge=0, le=600)],
        _doc("How far the clocks of provider and server may be apart."),
    ] = 60
    oidc_cache_seconds: Annotated[
        Seconds, _doc("How long what the provider says of itself, and its keys, are kept.")
    ] = 3600
    oidc_call_seconds_max: Annotated[
        Annotated[int, Meta(ge=1, le=60)], _doc("Longest time for one answer of the provider.")
    ] = 10

    # Events
    batch_events_max: Annotated[Count, _doc("Most events in one request.")] = 1000
    value_chars_max: Annotated[Count, _doc("Longest event value, characters.")] = 1024
    metadata_keys_max: Annotated[Count, _doc("Most metadata keys of an event.")] = 32
    metadata_bytes_max: Annotated[Count, _doc("Largest metadata of an event: keys and values.")] = (
        4096
    )
    event_future_seconds_max: Annotated[
        Seconds, _doc("An event time further ahead than this becomes the receive time.")
    ] = 300
    dedup_window_seconds: Annotated[
        Seconds, _doc("An event id sent again within this time counts once.")
    ] = 7 * 86_400
    rejected_text_chars_max: Annotated[
        Count, _doc("Longest name and ids kept of a refused event, characters.")
    ] = 256
    rejected_payload_bytes_max: Annotated[
        Count, _doc("Longest payload kept of a refused event; a longer one is cut off.")
    ] = 16 * 1024
    rejected_events_max: Annotated[Count, _doc("Most refused events kept for inspection.")] = (
        100_000
    )
    rejected_seconds_max: Annotated[
        Seconds, _doc("How long refused events are kept for inspection.")
    ] = 30 * 86_400
    tails_max: Annotated[
        Count, _doc("Most live tails of events at once; further ones get 429.")
    ] = 20
    tail_events_per_second_max: Annotated[
        Count, _doc("Most events a second in one live tail; further ones are skipped and counted.")
    ] = 100

    # The log and the pipeline
    log_segment_bytes_max: Annotated[
        Annotated[int, Meta(ge=1024 * 1024)], _doc("Size of one file of the event log.")
    ] = 64 * 1024 * 1024
    log_segment_seconds_max: Annotated[
        Seconds, _doc("Longest time one file of the event log is written.")
    ] = 3600
    log_pending_bytes_max: Annotated[
        Count, _doc("Most bytes waiting for the disk; further events get 503.")
    ] = 64 * 1024 * 1024
    log_retention_seconds: Annotated[
        Seconds, _doc("How long log files are kept after the pipeline has applied them.")
    ] = 86_400
    pipeline_read_bytes_max: Annotated[
        Count, _doc("About how much of the log the pipeline takes in one transaction.")
    ] = 1024 * 1024
    dead_letters_max: Annotated[
        Count, _doc("Most dead letters kept; beyond it the oldest go, solved ones first.")
    ] = 10_000
    dead_letter_seconds_max: Annotated[
        Seconds, _doc("How long dead letters are kept after they last failed.")
    ] = 90 * 86_400
    pipeline_poll_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=60)],
        _doc("Longest wait of an idle worker before it looks at the log without being woken."),
    ] = 0.25
    # Windows over players' events
    event_window_days_max: Annotated[
        Annotated[int, Meta(ge=1, le=3660)],
        _doc("Longest window over events that a filter may ask about, days."),
    ] = 90
    event_series_max: Annotated[
        Count,
        _doc("Most different events, with their conditions, that filters may ask windows about."),
    ] = 100
    event_window_grace_seconds: Annotated[
        Seconds, _doc("How long a window is kept on after the last filter that asked about it.")
    ] = 3 * 86_400

    # Audiences
    audience_pass_seconds: Annotated[
        Seconds,
        _doc(
            "Pause between two passes over all players, which find whose membership of audiences "
            "time alone has changed."
        ),
    ] = 600
    audience_size_days: Annotated[
        Annotated[int, Meta(ge=1, le=36_600)],
        _doc("Days for which the sizes that audiences had are kept, one for each hour."),
    ] = 400

    # Analytics
    analytics_url: Annotated[
        str,
        _doc(
            "Where analytics are kept: `duckdb:` for files in the data folder, or "
            "`clickhouse://user:password@host:8123/database`.",
            secret=True,
        ),
    ] = "duckdb:"
    analytics_retention_days: Annotated[
        Annotated[int, Meta(ge=0, le=36_600)],
        _doc("Days for which events are kept in the analytics store; 0 keeps them for ever."),
    ] = 0
    analytics_memory_bytes_max: Annotated[
        Annotated[int, Meta(ge=64 * 1024 * 1024)],
        _doc("Most memory of the embedded analytics store; beyond it, it uses the disk."),
    ] = 1024 * 1024 * 1024
    analytics_threads: Annotated[Count, _doc("Threads of the embedded analytics store.")] = 2
    analytics_query_seconds_max: Annotated[
        Seconds, _doc("Longest time for an answer from the analytics store.")
    ] = 30
    analytics_interval_seconds: Annotated[
        Annotated[float, Meta(gt=0, le=60)],
        _doc("Pause between two writes to the analytics store."),
    ] = 0.2
    analytics_chunk_events_max: Annotated[
        Count, _doc("About how many events go to the analytics store at once.")
    ] = 20_000
    erasure_scrub_seconds_min: Annotated[
        Annotated[float, Meta(ge=0, le=86_400)],
        _doc(
            "Least pause between two searches for what is left of erased players; it is 20 times "
            "as long as the last one took, if that is more."
        ),
    ] = 5.0
    erasure_vacuum_bytes_max: Annotated[
        Annotated[int, Meta(ge=0)],
        _doc(
            "Largest database that every such search writes anew; a larger one is written anew "
            "only where remains are found."
        ),
    ] = 64 * 1024 * 1024
    profile_cache_entries_max: Annotated[
        Count, _doc("Profiles the pipeline keeps in memory between batches.")
    ] = 20_000

    @property
    def data_path(self) -> Path:
        """``data_dir`` as an absolute path."""
        return Path(self.data_dir).expanduser().absolute()


class SettingDoc(msgspec.Struct, frozen=True):
    """One row of the configuration reference."""

    name: str
    variable: str
    kind: str
    default: Any
    text: str
    secret: bool


def load_settings(
    *,
    environment: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings from file, environment and flags; raises ``SettingsError``.

    The TOML file is the one that ``MATSURI_CONFIG`` or the flag ``config`` names. Flags whose
    value is ``None`` were not given.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    path = given.pop("config", None) or environment.get(CONFIG_VARIABLE)
    merged = {
        **(_from_file(Path(path)) if path else {}),
        **_from_environment(environment),
        **given,
    }
    try:
        settings = msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(str(error).replace(" - at `$.", " - setting `")) from error
    _check(settings)
    _check_addresses(settings)
    _check_single_sign_on(settings)
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = set(Settings.__struct_fields__)
    found: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == CONFIG_VARIABLE:
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name not in names:
            continue
        if name in _LISTS:
            parts = (part.strip() for part in text.split(_LIST_SEPARATOR))
            found[name] = [part for part in parts if part]
        else:
            found[name] = text
    return found


def settings_warnings(settings: Settings, *, environment: Mapping[str, str]) -> list[str]:
    """What an operator should know about the settings, a sentence each."""
    known = {ENVIRONMENT_PREFIX + name.upper() for name in Settings.__struct_fields__}
    warnings = [
        f"{variable} is no setting and has no effect"
        for variable in sorted(environment)
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in {*known, CONFIG_VARIABLE}
    ]
    if settings.signing_key and len(settings.signing_key) < _SIGNING_KEY_CHARS_ADVISED:
        warnings.append(
            f"signing_key is shorter than {_SIGNING_KEY_CHARS_ADVISED} characters: "
            "whoever guesses it can be any player"
        )
    if settings.accept_undeclared:
        warnings.append("accept_undeclared is on: any event and property is accepted")
    return warnings


def _check(settings: Settings) -> None:
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError as error:
            raise SettingsError(f"trusted_proxies: {error}") from error
    for name in ("api_key", "server_key"):
        key = getattr(settings, name)
        if key and (":" in key or not key.isascii() or not key.isprintable() or " " in key):
            raise SettingsError(f"{name}: printable ASCII without spaces and colons")
    if settings.api_key and settings.api_key == settings.server_key:
        raise SettingsError("api_key and server_key: must not be the same")
    if not settings.analytics_url.startswith(_ANALYTICS_SCHEMES):
        allowed = ", ".join(_ANALYTICS_SCHEMES)
        raise SettingsError(f"analytics_url: begins with one of {allowed}")
    if 0 < settings.audit_retention_days < _AUDIT_DAYS_MIN:
        raise SettingsError(f"audit_retention_days: 0, or at least {_AUDIT_DAYS_MIN}")
    if settings.admin_email and "@" not in settings.admin_email:
        raise SettingsError("admin_email: is no e-mail address")


def _check_addresses(settings: Settings) -> None:
    if settings.base_path and not settings.base_path.startswith("/"):
        raise SettingsError("base_path: begins with a slash")
    if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
        raise SettingsError("public_url: begins with http:// or https://")


def _check_single_sign_on(settings: Settings) -> None:
    if not settings.oidc_issuer:
        if not settings.console_password_sign_in:
            raise SettingsError("console_password_sign_in: off only with an oidc_issuer")
        return
    if not is_guarded_address(settings.oidc_issuer):
        raise SettingsError("oidc_issuer: begins with https://, or is on this machine")
    for name in ("oidc_client_id", "public_url"):
        if not getattr(settings, name):
            raise SettingsError(f"{name}: is needed with an oidc_issuer")
    roles = {role.value for role in ConsoleRole}
    if settings.oidc_default_role not in {"", *roles}:
        raise SettingsError(f"oidc_default_role: is none of {', '.join(sorted(roles))}")
    for rule in settings.oidc_roles:
        value, _, role = rule.rpartition("=")
        if not value.strip() or role.strip() not in roles:
            raise SettingsError(f"oidc_roles: {rule!r} is no value=role such as designers=support")
    if settings.oidc_create_users and not (settings.oidc_roles or settings.oidc_default_role):
        raise SettingsError("oidc_create_users: needs oidc_roles or an oidc_default_role")


def setting_docs() -> list[SettingDoc]:
    """Every setting with its text, in the order in which they are declared."""
    hints = get_type_hints(Settings, include_extras=True)
    rows = []
    for field in msgspec.structs.fields(Settings):
        info = msgspec.inspect.type_info(hints[field.name])
        extra: Mapping[str, Any] = getattr(info, "extra", None) or {}
        schema = msgspec.json.schema(hints[field.name])
        default = (
            field.default_factory()
            if field.default_factory is not msgspec.NODEFAULT
            else field.default
        )
        rows.append(
            SettingDoc(
                name=field.name,
                variable=ENVIRONMENT_PREFIX + field.name.upper(),
                kind=_kind(schema, default),
                default=default.value if isinstance(default, StrEnum) else default,
                text=_description(hints[field.name]),
                secret=bool(extra.get("secret", False)),
            )
        )
    return rows


def _description(hint: Any) -> str:
    for part in getattr(hint, "__metadata__", ()):
        if isinstance(part, Meta) and part.description:
            return part.description
    return ""


def _kind(schema: Mapping[str, Any], default: Any) -> str:
    if isinstance(default, StrEnum):
        return " / ".join(f"`{item.value}`" for item in type(default))
    kind = {"integer": "number", "number": "number", "boolean": "true/false", "array": "list"}
    return kind.get(str(schema.get("type", "")), "text")


def redacted(settings: Settings) -> dict[str, Any]:
    """The settings as a mapping that can be shown: secrets only say whether they are set."""
    secrets = {row.name for row in setting_docs() if row.secret}
    values = msgspec.to_builtins(settings)
    return {
        name: (_REDACTED if value else "") if name in secrets else value
        for name, value in values.items()
    }
