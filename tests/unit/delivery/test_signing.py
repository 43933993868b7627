"""Signatures as their receivers check them."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from rentalwatch.delivery import signing

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_published_vector_of_standard_webhooks() -> None:
    signed = signing.standard(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret",
    ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_****", "whsec_c2hvcnQ=", "whsec_" + "A" * 96],
)
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"secret|base64"):
        signing.key_of(secret)


def test_dingtalk_signs_timestamp_and_secret_with_the_secret() -> None:
    # as 钉钉's page on signing computes it, with another spelling of the same functions
    digest = hmac.new(b"SEC1", b"1767240000000\nSEC1", digestmod=hashlib.sha256).digest()
    assert signing.dingtalk("SEC1", 1_767_240_000_000) == base64.b64encode(digest).decode()


def test_feishu_signs_nothing_with_timestamp_and_secret() -> None:
    digest = hmac.new(b"1767240000\nSEC1", digestmod=hashlib.sha256).digest()
    assert signing.feishu("SEC1", 1_767_240_000) == base64.b64encode(digest).decode()
