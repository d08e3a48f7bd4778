"""One-time passwords by time (RFC 6238 over RFC 4226): SHA-1, 6 digits, 30 seconds. Pure.

Written here rather than taken from a library: it is one formula with test vectors in the RFCs, and
we must know which step a code belonged to, so that no code counts twice.
"""

import base64
import hmac
import struct
from urllib.parse import quote, urlencode

SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
# A code of the step before or after this one counts: clocks differ, and people type slowly.
_STEPS_AROUND = 1
_OFFSET_MASK = 0x0F
_NUMBER_MASK = 0x7FFF_FFFF


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of a step: RFC 4226 with the number of the step as counter."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & _OFFSET_MASK
    (number,) = struct.unpack_from(">I", digest, offset)
    return str((number & _NUMBER_MASK) % 10**digits).zfill(digits)


def accepted_step(secret: bytes, code: str, *, now_seconds: int, last_step: int) -> int | None:
    """The step to which ``code`` belongs, ``None`` for a wrong one.

    Steps up to ``last_step``, the latest of which a code was used, do not count again.
    """
    given = "".join(code.split())
    if not given.isascii():
        return None
    now = now_seconds // STEP_SECONDS
    found = None
    for step in range(max(0, now - _STEPS_AROUND), now + _STEPS_AROUND + 1):
        # Every step is compared, so that the time taken tells nothing.
        matches = hmac.compare_digest(code_at(secret, step), given)
        if matches and step > last_step and found is None:
            found = step
    return found


def base32_text(secret: bytes) -> str:
    """A secret as apps take it when it is typed."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What the QR code for an app says."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    query = urlencode(
        {
            "secret": base32_text(secret),
            "issuer": issuer,
            "algorithm": "SHA1",
            "digits": DIGITS,
            "period": STEP_SECONDS,
        },
        quote_via=quote,
    )
    return f"otpauth://totp/{label}?{query}"
