"""What an image is found to be, by its bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.attachments.images import BadImage, Image, extension_of, image_in
from tests.gateway.pictures import gif, jpeg, png, webp

WHOLE = {
    "png": png(),
    "jpg": jpeg(),
    "gif": gif(),
    "lossy": webp(kind=b"VP8 "),
    "lossless": webp(kind=b"VP8L"),
    "extended": webp(),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_kind_and_size_are_found(kind: str) -> None:
    extension = kind if kind in ("png", "jpg", "gif") else "webp"
    assert image_in(WHOLE[kind]) == Image(extension, 8, 6)
    assert extension_of(WHOLE[kind][:16]) == extension


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_cut_off_is_refused(kind: str) -> None:
    body = WHOLE[kind].removesuffix(b"of the camera")
    for end in range(len(body)):
        with pytest.raises(BadImage):
            image_in(body[:end])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7 and more",
        b"MZ" + bytes(100),
        b"RIFF\x04\0\0\0WAVE and more",
        b"  " + png(),
    ],
)
def test_nothing_else_is_an_image(body: bytes) -> None:
    assert extension_of(body[:16]) == ""
    with pytest.raises(BadImage):
        image_in(body)


@pytest.mark.parametrize(
    "body", [png(8, 0), png(30_001, 1), jpeg(0, 6), jpeg(20_000, 20_000), gif(0, 0), webp(1 << 20, 1 << 20)]
)
def test_sides_have_limits(body: bytes) -> None:
    with pytest.raises(BadImage, match="pixels"):
        image_in(body)


def test_a_flipped_byte_of_a_png_is_seen() -> None:
    body = bytearray(png())
    body[20] ^= 1
    with pytest.raises(BadImage, match="damaged"):
        image_in(bytes(body))


@pytest.mark.parametrize(
    "body",
    [
        png()[:33] + (b"\0\0\0\0" + b"tEXt" + b"\x9f\x8c\xc7\x9e") * 400_000,
        b"\xff\xd8" + b"\xff" * (5 << 20),
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * (1 << 20),
    ],
    ids=["chunks", "fill", "segments"],
)
def test_what_was_made_to_keep_us_busy_is_refused(body: bytes) -> None:
    with pytest.raises(BadImage):
        image_in(body)


@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=64), st.integers(0, 80))
def test_nothing_else_is_raised(kind: str, noise: bytes, at: int) -> None:
    body = WHOLE[kind][:at] + noise + WHOLE[kind][at + len(noise) :]
    try:
        image_in(body)
    except BadImage:
        return
