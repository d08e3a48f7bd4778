"""The audiences that a fresh server has; from then on they are the studio's own. Pure."""

from collections.abc import Mapping

from matsuri.audiences.model import AudienceDefinition

_NEW = """\
// First seen less than two days ago.
Now() - createTime < Duration("2d")"""
_ACTIVE = """\
// A session in the last seven days.
Now() - PropertiesComputed("sessionStartSeenLast", 0) < Duration("7d")"""
_RETURNING = """\
// A session in the last seven days, and not the first one.
Now() - PropertiesComputed("sessionStartSeenLast", 0) < Duration("7d")
  and PropertiesComputed("sessionStartCount", 0) > 1"""
_LAPSED = """\
// Has played, but not in the last 14 days.
PropertiesComputed("sessionStartCount", 0) > 0
  and Now() - PropertiesComputed("sessionStartSeenLast", 0) >= Duration("14d")"""
_SPENDERS = """\
// At least one purchase.
PropertiesComputed("purchaseCompletedCount", 0) > 0"""
_NON_SPENDERS = """\
// No purchase yet.
PropertiesComputed("purchaseCompletedCount", 0) == 0"""
_LAPSED_SPENDERS = """\
// Has bought something, but nothing in the last 30 days.
PropertiesComputed("purchaseCompletedCount", 0) > 0
  and Now() - PropertiesComputed("purchaseCompletedSeenLast", 0) > Duration("30d")"""
_HIGH_SPENDERS = """\
// Purchases of 100 US dollars or more; values of purchases are in cents.
PropertiesComputed("purchaseCompletedValueSum", 0) >= 10_000"""
_TIER_1 = """\
// Where players spend most, by the country of the first session.
Properties("countryCode", "") in
  ["AU", "CA", "CH", "DE", "DK", "FI", "FR", "GB", "JP", "KR", "NL", "NO", "NZ", "SE", "US"]"""
_TIER_2 = """\
// Large markets where players spend less.
Properties("countryCode", "") in
  ["AE", "AR", "AT", "BE", "BR", "CL", "CZ", "ES", "GR", "HK", "HU", "IE", "IL", "IT", "MX",
   "PL", "PT", "RO", "SA", "SG", "SK", "TH", "TR", "TW", "ZA"]"""

DEFAULT_AUDIENCES: Mapping[str, AudienceDefinition] = {
    name: AudienceDefinition(description=description, filter=text)
    for name, description, text in (
        ("New-Players", "Players in their first two days.", _NEW),
        ("Active-Players", "Players of the last seven days.", _ACTIVE),
        (
            "Returning-Players",
            "Active players who came back after their first session.",
            _RETURNING,
        ),
        ("Lapsed-Players", "Players who have been away for 14 days.", _LAPSED),
        ("All-Spenders", "Players who have bought something.", _SPENDERS),
        ("Non-Spenders", "Players who have bought nothing yet.", _NON_SPENDERS),
        ("Lapsed-Spenders", "Spenders without a purchase for 30 days.", _LAPSED_SPENDERS),
        ("High-Spenders", "Spenders of 100 US dollars or more.", _HIGH_SPENDERS),
        ("Tier-1-Countries", "Players of the strongest markets.", _TIER_1),
        ("Tier-2-Countries", "Players of large markets behind those.", _TIER_2),
    )
}
