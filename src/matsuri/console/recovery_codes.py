"""Recovery codes: what opens the second door when the device with the codes is lost."""

import base64
import secrets

from matsuri.kit.ids import secret_digest

RECOVERY_CODES = 10
_BYTES = 10
_GROUP_CHARS = 4


def new_recovery_codes() -> list[str]:
    """Ten random codes of 80 bits each, such as ``k4zq-m2xa-7bne-o5ts``."""
    return [_grouped(secrets.token_bytes(_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_digest(user_id: int, code: str) -> bytes:
    """Under which a user's code is stored, however it is typed: spaces, dashes and case are free.

    A plain hash will do: 80 random bits cannot be tried out.
    """
    typed = "".join(code.split()).replace("-", "").lower()
    return secret_digest(f"{user_id}:{typed}")


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode().lower()
    groups = [text[i : i + _GROUP_CHARS] for i in range(0, len(text), _GROUP_CHARS)]
    return "-".join(groups)
