"""Keys that sign receipts: Ed25519, as JWK (RFC 8037)."""

from typing import Final

import msgspec
from joserfc.jwk import OKPKey

ALGORITHM: Final = "Ed25519"


def new_receipt_key() -> str:
    """A new private key, as the JSON text of a JWK."""
    key = OKPKey.generate_key(ALGORITHM)
    return msgspec.json.encode(key.as_dict(private=True)).decode()


def public_key(receipt_key: str) -> dict[str, str]:
    """The public JWK of a private one."""
    fields = msgspec.json.decode(receipt_key, type=dict[str, str])
    return {name: fields[name] for name in ("kty", "crv", "x")}
