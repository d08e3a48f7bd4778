"""Receipts are signed, so that nobody can change them: JWS, compact form, Ed25519 (RFC 8037)."""

import base64
from collections.abc import Mapping

import msgspec
from joserfc import jws
from joserfc.jwk import OKPKey

from matsuri.identities.erasure_model import Receipt
from matsuri.kit.receipt_keys import ALGORITHM

_HEADER = {"alg": ALGORITHM, "typ": "matsuri-erasure-receipt+jws"}
_PARTS = 3
_Jwk = dict[str, str | list[str]]


class InvalidReceipt(Exception):
    """The text is no receipt that this key signed."""


def sign_receipt(receipt: Receipt, receipt_key: str) -> str:
    """The signed form of a receipt."""
    key = OKPKey.import_key(msgspec.json.decode(receipt_key, type=_Jwk))
    return jws.serialize_compact(_HEADER, msgspec.json.encode(receipt), key, [ALGORITHM])


def verify_receipt(signed: str, public: Mapping[str, str]) -> Receipt:
    """The receipt in ``signed``, if the owner of the public JWK signed it; ``InvalidReceipt``."""
    try:
        key = OKPKey.import_key({**public})
        payload = jws.deserialize_compact(signed, key, [ALGORITHM]).payload
        return msgspec.json.decode(payload, type=Receipt)
    except Exception as error:  # whatever the text does to the parsers, it is no receipt of ours
        raise InvalidReceipt(
            "the signature is not that of this key, or the text was changed"
        ) from error


def read_receipt(signed: str) -> Receipt:
    """The receipt in ``signed``, which this server made, without verifying it."""
    parts = signed.split(".")
    if len(parts) != _PARTS:
        raise InvalidReceipt("this is no signed receipt")
    payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    return msgspec.json.decode(payload, type=Receipt)
