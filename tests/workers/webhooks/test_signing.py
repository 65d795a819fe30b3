"""Signatures, by the specification's own example."""

from workers.webhooks.signing import sign, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_bm90IHRoZSBzYW1lIGtleSBhdCBhbGwu"
IDENTITY = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'


def test_the_example_of_the_specification() -> None:
    signature = sign(SECRET, IDENTITY, 1614265330, BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_signs() -> None:
    headers = signed_headers((SECRET, OTHER), IDENTITY, 1614265330, BODY)
    assert headers == {
        "webhook-id": IDENTITY,
        "webhook-timestamp": "1614265330",
        "webhook-signature": " ".join(sign(secret, IDENTITY, 1614265330, BODY) for secret in (SECRET, OTHER)),
    }
    one, other = headers["webhook-signature"].split()
    assert one != other
