"""Writes the image files of this folder and expected.json: what Pillow and libwebp read in them.

Run here with Python 3, Pillow 13.0.0 and NumPy: python make_images.py
"""

import io
import json
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

HEIGHT, WIDTH = 9, 13
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
# Smooth enough for JPEG, and no symmetry that a swap of axes or channels would keep.
RGB = np.stack([17 * x + y, 255 - 23 * y - 3 * x, 40 + 7 * x + 11 * y], -1).clip(0, 255).astype(np.uint8)
GREY = (251 - 9 * x - 13 * y).clip(0, 255).astype(np.uint8)
ALPHA = (255 - 31 * y + 2 * x).clip(0, 255).astype(np.uint8)
ALPHA[0, 0], ALPHA[0, 1], ALPHA[1, 0] = 0, 255, 1
SIXTEEN = np.stack([4999 * x + 13 * y, 7000 * y + x, 65535 - 4001 * x - 257 * y], -1).astype(np.uint16)

expected = {}


def on_white(rgb, alpha):
    a = alpha[..., None] / 255
    return rgb * a + 255 * (1 - a)


def add(name, content, levels, most=255, tolerance=0.01):
    """Levels (H, W, 3) of 0 to most; tolerance in levels of 255."""
    with open(name, "wb") as file:
        file.write(content)
    values = np.round(np.asarray(levels, np.float64), 3)
    assert values.shape == (HEIGHT, WIDTH, 3), values.shape
    expected[name] = {"most": most, "tolerance": tolerance, "levels": values.reshape(-1).tolist()}


def encoded(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def decoded(content, mode="RGB"):
    return np.asarray(Image.open(io.BytesIO(content)).convert(mode))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png16(samples, color_type):
    """A 16-bit PNG by hand: Pillow writes grey ones only."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, color_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def grey3(levels):
    return np.repeat(np.asarray(levels)[..., None], 3, -1)


def rgb_jpeg(name, tolerance, **options):
    content = encoded(Image.fromarray(RGB), "JPEG", **options)
    add(name, content, decoded(content), tolerance=tolerance)


# PNG
rgb = Image.fromarray(RGB)
grey = Image.fromarray(GREY)
add("rgb.png", encoded(rgb, "PNG"), RGB)
add("grey.png", encoded(grey, "PNG"), grey3(GREY))
add("grey1.png", encoded(Image.fromarray(GREY > 128), "PNG"), grey3((GREY > 128) * 255))
rgba = Image.fromarray(np.dstack([RGB, ALPHA]))
add("rgba.png", encoded(rgba, "PNG"), on_white(RGB, ALPHA))
grey_alpha = Image.fromarray(np.dstack([GREY, ALPHA]), "LA")
add("grey-alpha.png", encoded(grey_alpha, "PNG"), on_white(grey3(GREY), ALPHA))
palette = rgb.quantize(7)
add("palette.png", encoded(palette, "PNG", bits=4), np.asarray(palette.convert("RGB")))
# Entry 2 of the palette half transparent, entry 3 wholly.
entries = np.asarray(palette)
table_alpha = np.full(256, 255)
table_alpha[2], table_alpha[3] = 128, 0
content = encoded(palette, "PNG", bits=8, transparency=bytes(table_alpha[:7].astype(np.uint8)))
add("palette-alpha.png", content, on_white(np.asarray(palette.convert("RGB")), table_alpha[entries]))
content = encoded(rgb, "PNG", transparency=tuple(int(v) for v in RGB[4, 5]))
key = (RGB == RGB[4, 5]).all(-1)
add("rgb-transparent-color.png", content, on_white(RGB, np.where(key, 0, 255)))
add("rgb16.png", png16(SIXTEEN.reshape(HEIGHT, -1), 2), SIXTEEN, most=65535, tolerance=0.001)
add("grey16.png", png16(SIXTEEN[..., 0], 0), grey3(SIXTEEN[..., 0]), most=65535, tolerance=0.001)
# Stored levels count: neither a gamma nor a profile may change them.
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
content = encoded(rgb, "PNG", icc_profile=profile)
add("rgb-profile.png", content, RGB)
plain = encoded(rgb, "PNG")
gamma = chunk(b"gAMA", struct.pack(">I", 100000))
add("rgb-gamma.png", plain[:33] + gamma + plain[33:], RGB)
add("grey-gamma.png", (g := encoded(grey, "PNG"))[:33] + gamma + g[33:], grey3(GREY))

# JPEG: decoders may differ by rounding, more where they interpolate colour.
rgb_jpeg("444.jpg", 2, quality=95, subsampling=0)
rgb_jpeg("420.jpg", 6, quality=95, subsampling=2)
rgb_jpeg("progressive.jpg", 2, quality=90, subsampling=0, progressive=True)
exif = Image.Exif()
exif[0x0112] = 6  # orientation: rotate by 90 degrees; not applied
rgb_jpeg("rotated.jpg", 2, quality=95, subsampling=0, exif=exif)
rgb_jpeg("profile.jpg", 2, quality=95, subsampling=0, icc_profile=profile)
content = encoded(grey, "JPEG", quality=95)
add("grey.jpg", content, grey3(decoded(content, "L")), tolerance=2)
CMYK = np.dstack([255 - RGB, (9 * y + 2 * x).astype(np.uint8)])
content = encoded(Image.fromarray(CMYK, "CMYK"), "JPEG", quality=97)
add("cmyk.jpg", content, decoded(content), tolerance=3)

# WebP
content = encoded(rgb, "WEBP", lossless=True)
add("lossless.webp", content, RGB)
content = encoded(rgb, "WEBP", quality=80)
add("lossy.webp", content, decoded(content))
content = encoded(rgba, "WEBP", quality=90)
pixels = decoded(content, "RGBA")
add("lossy-alpha.webp", content, on_white(pixels[..., :3], pixels[..., 3]))
content = encoded(rgba, "WEBP", lossless=True, exact=True)
add("lossless-alpha.webp", content, on_white(RGB, ALPHA))
content = encoded(rgb, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(255 - RGB)])
with open("animated.webp", "wb") as file:
    file.write(content)

with open("expected.json", "w") as file:
    body = ",\n".join(f'"{name}": {json.dumps(entry, separators=(",", ":"))}' for name, entry in sorted(expected.items()))
    file.write(f'{{"height": {HEIGHT}, "width": {WIDTH}, "images": {{\n{body}\n}}}}\n')
