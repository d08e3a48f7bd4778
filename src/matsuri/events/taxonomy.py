"""Which events and properties exist. Core ones are the reference's tables 2.3 and 3.3."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class ValueType(StrEnum):
    """What an event's value or a property must look like; values travel as texts."""

    STRING = "string"
    NUMERIC = "numeric"
    ANY = "any"


class Taxonomy(msgspec.Struct, frozen=True):
    """The declared events and properties.

    ``accept_undeclared`` lets anything else through as well: a setting for development servers.
    """

    events: Mapping[str, ValueType]
    default_properties: Mapping[str, ValueType]
    custom_properties: Mapping[str, ValueType]
    accept_undeclared: bool = False


_STRING_EVENTS = (
    "adStarted appLaunched gameFinished gameStarted screenViewed tutorialCompleted tutorialStarted"
)
_NUMERIC_EVENTS = "achievementUpdated purchaseCompleted tutorialAbandoned tutorialStepCompleted"
# Types that the reference only infers are taken loosely, so that no publisher is refused.
_ANY_EVENTS = """
    achievementClaimed adImpression adPlacementFailed adPlacementStarted adPlacementSucceeded
    auctionBid auctionCancelled auctionClaimBid auctionClaimCreated auctionCreated
    challengeClaimed challengeCreated challengeInvitationAccepted challengeInvitationSent
    challengeJoined challengeLeft challengeUpdated
    currencyGranted currencySpent
    donationClaimed donationGiven donationRequested
    energyGranted energyModifierGranted energySpent
    eventLeaderboardClaimed eventLeaderboardRolled eventLeaderboardUpdated
    incentiveCreated incentiveDeleted incentiveRecipientClaimed incentiveSenderClaimed
    itemSpent itemUpdated itemsConsumed itemsGranted
    progressionPurchased progressionReset progressionUpdated
    purchaseIntent rewardModifierGranted statUpdated
    teamAchievementClaimed teamCreated
    teamEventLeaderboardClaimed teamEventLeaderboardRolled teamEventLeaderboardUpdated
    teamItemUpdated teamItemsConsumed teamItemsGranted
    tutorialAccepted tutorialDeclined tutorialReset
    unlockableClaimed unlockableCreated unlockableSlotPurchased unlockableUnlockPurchased
    unlockableUnlockStarted
"""

CORE_EVENTS: Mapping[str, ValueType] = {
    **dict.fromkeys(_STRING_EVENTS.split(), ValueType.STRING),
    **dict.fromkeys(_NUMERIC_EVENTS.split(), ValueType.NUMERIC),
    **dict.fromkeys(_ANY_EVENTS.split(), ValueType.ANY),
}

_STRING_PROPERTIES = """
    apiKeyName city countryCode email language platform pushTokenAndroid pushTokenFacebookA2U
    pushTokenHuawei pushTokenIos pushTokenOneSignalPlayerId region state subRegion version
"""
_NUMERIC_PROPERTIES = "buildNumber firstOpen signUp"

DEFAULT_PROPERTIES: Mapping[str, ValueType] = {
    **dict.fromkeys(_STRING_PROPERTIES.split(), ValueType.STRING),
    **dict.fromkeys(_NUMERIC_PROPERTIES.split(), ValueType.NUMERIC),
}


def core_taxonomy(*, accept_undeclared: bool = False) -> Taxonomy:
    """The core events and properties, and no custom ones."""
    return Taxonomy(
        events=CORE_EVENTS,
        default_properties=DEFAULT_PROPERTIES,
        custom_properties={},
        accept_undeclared=accept_undeclared,
    )
