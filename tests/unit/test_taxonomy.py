from matsuri.events.model import IDENTIFY, IDENTITY_CREATE, RESERVED_PREFIX, SESSION_START
from matsuri.events.taxonomy import (
    CORE_EVENTS,
    DEFAULT_PROPERTIES,
    PACKS,
    ValueType,
    core_taxonomy,
)
from matsuri.identities.properties import GEO_PROPERTIES, SERVER_OWNED

# Events whose type the public documentation says, section 3.3 of the reference.
DOCUMENTED = {
    "achievementClaimed": "any",
    "achievementUpdated": "numeric",
    "adImpression": "any",
    "adPlacementFailed": "any",
    "adPlacementStarted": "any",
    "adPlacementSucceeded": "any",
    "adStarted": "string",
    "appLaunched": "string",
    "auctionBid": "any",
    "auctionCancelled": "any",
    "auctionClaimBid": "any",
    "auctionClaimCreated": "any",
    "auctionCreated": "any",
    "gameFinished": "string",
    "gameStarted": "string",
    "purchaseCompleted": "numeric",
    "screenViewed": "string",
    "tutorialAbandoned": "numeric",
    "tutorialAccepted": "any",
    "tutorialCompleted": "string",
    "tutorialDeclined": "any",
    "tutorialStarted": "string",
    "tutorialStepCompleted": "numeric",
}
# Events whose type is only inferred: anything goes.
INFERRED = {
    "challengeClaimed",
    "challengeCreated",
    "challengeInvitationAccepted",
    "challengeInvitationSent",
    "challengeJoined",
    "challengeLeft",
    "challengeUpdated",
    "currencyGranted",
    "currencySpent",
    "donationClaimed",
    "donationGiven",
    "donationRequested",
    "energyGranted",
    "energyModifierGranted",
    "energySpent",
    "eventLeaderboardClaimed",
    "eventLeaderboardRolled",
    "eventLeaderboardUpdated",
    "incentiveCreated",
    "incentiveDeleted",
    "incentiveRecipientClaimed",
    "incentiveSenderClaimed",
    "itemSpent",
    "itemUpdated",
    "itemsConsumed",
    "itemsGranted",
    "progressionPurchased",
    "progressionReset",
    "progressionUpdated",
    "purchaseIntent",
    "rewardModifierGranted",
    "statUpdated",
    "teamAchievementClaimed",
    "teamCreated",
    "teamEventLeaderboardClaimed",
    "teamEventLeaderboardRolled",
    "teamEventLeaderboardUpdated",
    "teamItemUpdated",
    "teamItemsConsumed",
    "teamItemsGranted",
    "tutorialReset",
    "unlockableClaimed",
    "unlockableCreated",
    "unlockableSlotPurchased",
    "unlockableUnlockPurchased",
    "unlockableUnlockStarted",
}
PROPERTIES = {
    "apiKeyName": "string",
    "buildNumber": "numeric",
    "city": "string",
    "countryCode": "string",
    "email": "string",
    "firstOpen": "numeric",
    "language": "string",
    "platform": "string",
    "pushTokenAndroid": "string",
    "pushTokenFacebookA2U": "string",
    "pushTokenHuawei": "string",
    "pushTokenIos": "string",
    "pushTokenOneSignalPlayerId": "string",
    "region": "string",
    "signUp": "numeric",
    "state": "string",
    "subRegion": "string",
    "version": "string",
}


def test_core_events_are_the_reference_s() -> None:
    assert {name: kind.value for name, kind in CORE_EVENTS.items()} == DOCUMENTED


def test_the_events_of_hiro_are_a_pack_and_refuse_nothing() -> None:
    assert {"hiro": dict.fromkeys(INFERRED, ValueType.ANY)} == PACKS


def test_default_properties_are_the_reference_s() -> None:
    assert {name: kind.value for name, kind in DEFAULT_PROPERTIES.items()} == PROPERTIES


def test_no_event_of_the_server_s_can_be_sent() -> None:
    assert not any(name.startswith(RESERVED_PREFIX) for name in CORE_EVENTS)
    # Computed properties lose the underscore; a core event must not give the same names.
    for reserved in (IDENTITY_CREATE, SESSION_START, IDENTIFY):
        assert reserved.startswith(RESERVED_PREFIX)
        assert reserved.removeprefix(RESERVED_PREFIX) not in CORE_EVENTS


def test_what_the_server_derives_is_declared() -> None:
    assert {*SERVER_OWNED, *GEO_PROPERTIES} <= set(DEFAULT_PROPERTIES)


def test_the_core_taxonomy() -> None:
    taxonomy = core_taxonomy()
    assert taxonomy.events == {**CORE_EVENTS, **PACKS["hiro"]}
    assert core_taxonomy(packs=()).events == CORE_EVENTS
    assert taxonomy.default_properties == DEFAULT_PROPERTIES
    assert taxonomy.custom_properties == {}
    assert not taxonomy.accept_undeclared
    assert core_taxonomy(accept_undeclared=True).accept_undeclared
