"""What the taxonomy has before a studio declares anything (reference, 2.3 and 3.3)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class ValueType(StrEnum):
    """What an event's value or a property must look like; values travel as texts."""

    STRING = "string"
    NUMERIC = "numeric"
    ANY = "any"


_STRING_EVENTS = (
    "adStarted appLaunched gameFinished gameStarted screenViewed tutorialCompleted tutorialStarted"
)
_NUMERIC_EVENTS = "achievementUpdated purchaseCompleted tutorialAbandoned tutorialStepCompleted"
_ANY_EVENTS = """
    achievementClaimed adImpression adPlacementFailed adPlacementStarted adPlacementSucceeded
    auctionBid auctionCancelled auctionClaimBid auctionClaimCreated auctionCreated
    tutorialAccepted tutorialDeclined
"""
# Types that the reference only infers are taken loosely, so that no publisher is refused.
_HIRO_EVENTS = """
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
    tutorialReset
    unlockableClaimed unlockableCreated unlockableSlotPurchased unlockableUnlockPurchased
    unlockableUnlockStarted
"""

CORE_EVENTS: Mapping[str, ValueType] = {
    **dict.fromkeys(_STRING_EVENTS.split(), ValueType.STRING),
    **dict.fromkeys(_NUMERIC_EVENTS.split(), ValueType.NUMERIC),
    **dict.fromkeys(_ANY_EVENTS.split(), ValueType.ANY),
}

# Events that publishers send beside the core ones, switched on and off as a whole.
PACKS: Mapping[str, Mapping[str, ValueType]] = {
    "hiro": dict.fromkeys(_HIRO_EVENTS.split(), ValueType.ANY),
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

CORE_VALIDATORS: Mapping[str, Mapping[str, Any]] = {
    "ANY": {},
    "Boolean": {"type": "boolean"},
    "Number": {"type": "number"},
    "Object": {"type": "object"},
    "String": {"type": "string"},
}
