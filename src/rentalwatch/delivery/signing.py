"""How a receiver can tell that a message is ours: three ways of signing, each as its receiver wants it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"
"""What secrets of Standard Webhooks begin with."""

SHORTEST, LONGEST = 24, 64
"""Bytes of such a secret, by the specification."""


def standard(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of Standard Webhooks 1.0: HMAC-SHA256 of id.timestamp.body.

    `timestamp`: whole seconds since 1970. Raises ValueError if the secret is none.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + _base64(hmac.digest(key_of(secret), signed, hashlib.sha256))


def key_of(secret: str) -> bytes:
    """The key in a secret `whsec_…` (base64, 24 to 64 bytes). Raises ValueError."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"a secret of Standard Webhooks begins with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as e:
        raise ValueError(f"what follows {PREFIX} is no base64") from e
    if not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"a secret has {SHORTEST} to {LONGEST} bytes")
    return key


def dingtalk(secret: str, timestamp: int) -> str:
    """`sign` of a 钉钉 robot, not yet encoded for the URL. `timestamp`: milliseconds since 1970."""
    return _base64(hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256))


def feishu(secret: str, timestamp: int) -> str:
    """`sign` of a 飞书 robot: the key is timestamp and secret, the message is empty. Seconds since 1970."""
    return _base64(hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256))


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
