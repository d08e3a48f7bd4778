"""A new second factor as its user is shown it: text, address and QR code. Pure but for chance."""

import io
import secrets
from typing import NamedTuple

import segno

from matsuri.console.totp import SECRET_BYTES, base32_text, otpauth_uri

_SVG_SCALE = 4


class Enrolment(NamedTuple):
    """A secret that is yet to be confirmed."""

    secret: bytes
    uri: str

    @property
    def text(self) -> str:
        """The secret as it is typed into an app."""
        return base32_text(self.secret)

    @property
    def qr_svg(self) -> str:
        """The address as a QR code: an SVG element, black on white whatever surrounds it."""
        image = io.BytesIO()
        segno.make(self.uri, error="m", micro=False).save(
            image,
            kind="svg",
            scale=_SVG_SCALE,
            dark="#000",
            light="#fff",
            xmldecl=False,
            nl=False,
            svgclass=None,
            lineclass=None,
        )
        return image.getvalue().decode()


class Factors(NamedTuple):
    """What a user has of a second factor. Times in microseconds since the epoch."""

    since_us: int | None
    is_required: bool
    recovery_codes_left: int


def new_enrolment(*, issuer: str, account: str) -> Enrolment:
    """A random secret for the ``account`` of somebody at ``issuer``."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return Enrolment(secret, otpauth_uri(secret, issuer=issuer, account=account))
