"""Writes the image files of this folder and expected.json: what Pillow and libwebp read in them.

Run here with Python 3, Pillow 13.0.0 and NumPy: python make_images.py
"""

import io
import json
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

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


def add(name, content, levels, most=255, tolerance=0.01, warning=""):
    """Levels (H, W, 3) of 0 to most; tolerance in levels of 255; part of the warning, if there must be one."""
    with open(name, "wb") as file:
        file.write(content)
    values = np.round(np.asarray(levels, np.float64), 3)
    expected[name] = {
        "height": values.shape[0], "width": values.shape[1], "most": most, "tolerance": tolerance, "warning": warning,
        "levels": values.reshape(-1).tolist(),
    }


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
# A profile of sRGB changes nothing.
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
content = encoded(rgb, "PNG", icc_profile=profile)
add("rgb-profile.png", content, RGB)
# JPEG: decoders may differ by rounding, more where they interpolate colour.
rgb_jpeg("444.jpg", 2, quality=95, subsampling=0)
rgb_jpeg("420.jpg", 6, quality=95, subsampling=2)
rgb_jpeg("progressive.jpg", 2, quality=90, subsampling=0, progressive=True)
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



# Orientation: Pillow turns the decoded image.
def turned(content, mode="RGB"):
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert(mode))


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


for orientation in range(2, 9):
    content = encoded(rgb, "PNG", exif=exif(orientation))
    add(f"orientation-{orientation}.png", content, turned(content))
for orientation in (3, 5, 6, 8):
    content = encoded(rgb, "JPEG", quality=95, subsampling=0, exif=exif(orientation))
    add(f"orientation-{orientation}.jpg", content, turned(content), tolerance=2)
    content = encoded(rgb, "WEBP", lossless=True, exif=exif(orientation))
    add(f"orientation-{orientation}.webp", content, turned(content))
content = encoded(rgb, "PNG", exif=exif(0))
add("orientation-0.png", content, RGB)
content = encoded(rgb, "PNG", exif=exif(9))
add("orientation-9.png", content, RGB, warning="EXIF orientation must be 1 to 8, got 9")


# Profiles: minimal ones of version 2, converted by ImageCms.
def s15(value):
    return struct.pack(">i", int(round(value * 65536)))


def icc(space, device, tags, connection=b"XYZ "):
    table, body = struct.pack(">I", len(tags)), b""
    for signature, data in tags:
        table += signature + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", 128 + len(table) + len(body), b"none", 0x02200000, device, space, connection)
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + s15(0.9642) + s15(1) + s15(0.8249)
    return (head + b"\0" * 128)[:128] + table + body


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(s15(value) for value in values)


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, int(gamma * 256)) + b"\0\0"


D50 = (0.9642, 1, 0.8249)
TEXT = [
    (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 79),
    (b"cprt", b"text\0\0\0\0none\0\0\0\0"),
    (b"wtpt", xyz(D50)),
]


def rgb_profile(primaries, gamma):
    colorants = [(b"rXYZ", xyz(primaries[0])), (b"gXYZ", xyz(primaries[1])), (b"bXYZ", xyz(primaries[2]))]
    return icc(b"RGB ", b"mntr", TEXT + colorants + [(t, curve(gamma)) for t in (b"rTRC", b"gTRC", b"bTRC")])


def cmyk_profile():
    """A table of two points per ink, with Lab of (1 - C)(1 - K) and so on, blue a little darker."""
    points = b""
    for c in (0, 1):
        for m in (0, 1):
            for yellow in (0, 1):
                for k in (0, 1):
                    r, g, b = ((1 - v) * (1 - 0.9 * k) for v in (c, m, 0.9 * yellow))
                    lab = 100 * (0.3 * r + 0.6 * g + 0.1 * b), 90 * (r - g), 70 * (g - b)
                    points += bytes([int(lab[0] * 2.55), int(128 + lab[1]), int(128 + lab[2])])
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + b"".join(s15(v) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    table += ramp * 4 + points + ramp * 3
    return icc(b"CMYK", b"prtr", TEXT + [(b"A2B0", table)], b"Lab ")


P3_PRIMARIES = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
ADOBE = rgb_profile(((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)), 2.2)
P3 = rgb_profile(P3_PRIMARIES, 2.2)
GREY18 = icc(b"GRAY", b"mntr", TEXT + [(b"kTRC", curve(1.8))])
INKS = cmyk_profile()


def converted(image, profile):
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    # Not the default, which approximates the conversion of inks by a coarse table.
    flags = ImageCms.Flags.NOOPTIMIZE
    result = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB", flags=flags)
    return np.asarray(result)


def opened(content, mode="RGB"):
    return Image.open(io.BytesIO(content)).convert(mode)


for name, content, profile, mode, tolerance in (
    ("adobe.jpg", encoded(rgb, "JPEG", quality=95, subsampling=0, icc_profile=ADOBE), ADOBE, "RGB", 3.1),
    ("p3.png", encoded(rgb, "PNG", icc_profile=P3), P3, "RGB", 1.01),
    ("p3.webp", encoded(rgb, "WEBP", lossless=True, icc_profile=P3), P3, "RGB", 1.01),
    ("grey18.jpg", encoded(grey, "JPEG", quality=95, icc_profile=GREY18), GREY18, "L", 3.1),
    ("grey18.png", encoded(grey, "PNG", icc_profile=GREY18), GREY18, "L", 1.01),
    ("inks.jpg", encoded(Image.fromarray(CMYK, "CMYK"), "JPEG", quality=97, icc_profile=INKS), INKS, "CMYK", 4.1),
    ("p3-palette.png", encoded(palette, "PNG", bits=4, icc_profile=P3), P3, "RGB", 1.01),
):
    add(name, content, converted(opened(content, mode), profile), tolerance=tolerance)
content = encoded(rgba, "PNG", icc_profile=P3)
add("p3-alpha.png", content, on_white(converted(rgb, P3), ALPHA), tolerance=1.01)
content = encoded(grey_alpha, "PNG", icc_profile=GREY18)
add("grey18-alpha.png", content, on_white(converted(grey, GREY18), ALPHA), tolerance=1.01)
content = encoded(palette, "PNG", bits=8, transparency=bytes(table_alpha[:7].astype(np.uint8)), icc_profile=P3)
add("p3-palette-alpha.png", content, on_white(converted(palette.convert("RGB"), P3), table_alpha[entries]), tolerance=1.01)
grey4 = Image.fromarray(GREY // 17 * 17)
levels = (GREY // 17).astype(np.uint8)
packed = np.pad(levels, ((0, 0), (0, 1)))
rows = b"".join(b"\0" + bytes((row[0::2] << 4 | row[1::2]).tolist()) for row in packed)
grey_icc = chunk(b"iCCP", b"grey\0\0" + zlib.compress(GREY18))
content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 4, 0, 0, 0, 0)) + grey_icc
add("grey18-4bit.png", content + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""), converted(grey4, GREY18), tolerance=1.01)
content = encoded(rgb, "JPEG", quality=95, subsampling=0, icc_profile=P3, exif=exif(6))
add("p3-orientation-6.jpg", content, np.rot90(converted(opened(content), P3), -1), tolerance=3.1)

# YCCK: the CMYK file's inverted inks as Y, Cb, Cr, which Pillow's decoder turns back.
first = Image.merge("RGB", [Image.fromarray(255 - CMYK[..., i]) for i in range(3)])
ycc = [np.asarray(band) for band in Image.fromarray(255 - np.asarray(first)).convert("YCbCr").split()]
stored = np.dstack([255 - ycc[0], 255 - ycc[1], 255 - ycc[2], CMYK[..., 3]])
for name, profile in (("ycck.jpg", None), ("ycck-inks.jpg", INKS)):
    data = bytearray(encoded(Image.fromarray(stored, "CMYK"), "JPEG", quality=98, subsampling=0, icc_profile=profile))
    data[data.find(b"Adobe") + 11] = 2
    inks = opened(bytes(data), "CMYK")
    add(name, bytes(data), converted(inks, profile) if profile else decoded(bytes(data)), tolerance=4.1)


# 16 bits: the arithmetic in double, as ImageCms takes 8 bits.
def srgb_curve(linear):
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


SRGB_D50 = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]])
SOFT = SIXTEEN // 4 + 12000 * (x[..., None] % 4)  # ImageCms itself is coarse where it clips saturated colours
linear = (SOFT / 65535) ** (int(2.2 * 256) / 256)
exact = srgb_curve(linear @ (np.linalg.inv(SRGB_D50) @ np.array(P3_PRIMARIES).T).T)
plain = png16(SOFT.reshape(HEIGHT, -1), 2)
color = chunk(b"iCCP", b"p3\0\0" + zlib.compress(P3))
add("p3-16bit.png", plain[:33] + color + plain[33:], 255 * exact, tolerance=0.25)

# gAMA and cHRM, by the equations of the PNG specification and Bradford's adaptation.
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
SRGB_XY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


def rgb_to_xyz(xy):
    columns = np.array([[xy[i] / xy[i + 1], 1, (1 - xy[i] - xy[i + 1]) / xy[i + 1]] for i in (2, 4, 6)]).T
    white = np.array([xy[0] / xy[1], 1, (1 - xy[0] - xy[1]) / xy[1]])
    return columns * np.linalg.solve(columns, white), white


def by_chunks(gamma, xy=SRGB_XY):
    matrix, white = rgb_to_xyz(xy)
    target, target_white = rgb_to_xyz(SRGB_XY)
    adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ target_white / (BRADFORD @ white)) @ BRADFORD
    linear = (RGB / 255) ** (1 / gamma)
    return 255 * srgb_curve(linear @ (np.linalg.inv(target) @ adapt @ matrix).T)


def png_with(*chunks, image=rgb):
    plain = encoded(image, "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def gama(gamma):
    return chunk(b"gAMA", struct.pack(">I", round(gamma * 100000)))


def chrm(xy):
    return chunk(b"cHRM", struct.pack(">8I", *(round(v * 100000) for v in xy)))


ADOBE_XY = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
WARM_XY = (0.3457, 0.3585, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
add("gamma-linear.png", png_with(gama(1)), by_chunks(1), tolerance=1.5)
add("gamma-18.png", png_with(gama(1 / 1.8)), by_chunks(1 / 1.8), tolerance=1.5)
add("gamma-grey.png", png_with(gama(1), image=grey), 255 * srgb_curve(grey3(GREY) / 255), tolerance=1.5)
add("gamma-srgb.png", png_with(gama(0.45455), chrm(SRGB_XY)), RGB)
add("chromaticities.png", png_with(gama(0.45455), chrm(ADOBE_XY)), by_chunks(0.45455, ADOBE_XY), tolerance=1.5)
add("chromaticities-warm.png", png_with(gama(0.5), chrm(WARM_XY)), by_chunks(0.5, WARM_XY), tolerance=1.5)
add("chromaticities-alone.png", png_with(chrm(ADOBE_XY)), RGB)
add("srgb-before-gamma.png", png_with(chunk(b"sRGB", b"\0"), gama(1)), RGB)
add("profile-before-gamma.png", png_with(color, gama(1)), converted(rgb, P3), tolerance=1.01)
add("gamma-zero.png", png_with(gama(0)), RGB, warning="gAMA or cHRM chunk is out of range")
add("gamma-short.png", png_with(chunk(b"gAMA", b"\0")), RGB, warning="gAMA or cHRM chunk is out of range")
add("chromaticities-line.png", png_with(gama(0.5), chrm((0.3, 0.3) * 4)), RGB, warning="gAMA or cHRM chunk is out of range")

# Profiles that cannot be used, and damaged EXIF data.
jpeg = encoded(rgb, "JPEG", quality=95, subsampling=0)
BLACK = rgb_profile([[0.01 * v for v in color] for color in P3_PRIMARIES], 2.2)
cut = ADOBE[:200]


def segment(marker, content):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def with_segment(content, into=jpeg):
    return into[:2] + content + into[2:]


def icc_segment(number, count, content):
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, count]) + content)


for name, content, warning in (
    ("broken-cut.jpg", with_segment(icc_segment(1, 1, cut)), "colour profile is broken"),
    ("broken-short.jpg", with_segment(icc_segment(1, 1, b"none")), "colour profile has only 4 bytes"),
    ("broken-part.jpg", with_segment(icc_segment(2, 3, ADOBE)), "parts of the colour profile are missing"),
    ("broken-header.jpg", with_segment(segment(0xE2, b"ICC_PROFILE\0")), "parts of the colour profile are missing"),
    ("broken-grey.jpg", with_segment(icc_segment(1, 1, GREY18)), "is for 1 components, not 3"),
    ("broken-exif.jpg", with_segment(segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff\0\1")), ""),
    ("broken-tiff.jpg", with_segment(segment(0xE1, b"Exif\0\0nothing")), "EXIF data cannot be read"),
):
    add(name, content, decoded(jpeg), tolerance=2, warning=warning)
for name, content, warning in (
    ("broken-cut.png", png_with(chunk(b"iCCP", b"x\0\0" + zlib.compress(cut))), "colour profile is broken"),
    ("broken-zlib.png", png_with(chunk(b"iCCP", b"x\0\0notzlib")), "colour profile cannot be inflated"),
    ("broken-name.png", png_with(chunk(b"iCCP", b"x")), "colour profile is cut short"),
    ("broken-checksum.png", png_with(chunk(b"gAMA", struct.pack(">I", 100000))[:-1] + b"?"), ""),
    ("broken-black.png", png_with(chunk(b"iCCP", b"x\0\0" + zlib.compress(BLACK))), "makes white as dark as black"),
):
    add(name, content, RGB, warning=warning)
content = encoded(rgb, "WEBP", lossless=True, icc_profile=cut)
add("broken-cut.webp", content, RGB, warning="colour profile is broken")
content = encoded(Image.fromarray(CMYK, "CMYK"), "JPEG", quality=97, icc_profile=ADOBE)
add("broken-rgb-cmyk.jpg", content, decoded(content), tolerance=3, warning="is for 3 components, not 4")
# Two parts in the wrong order, and what phones write after the image.
content = with_segment(icc_segment(2, 2, ADOBE[300:]) + icc_segment(1, 2, ADOBE[:300])) + b"\0" * 40 + b"trailer \xff\xe2"
add("parts-and-trailer.jpg", content, converted(opened(jpeg), ADOBE), tolerance=3.1)

with open("expected.json", "w") as file:
    body = ",\n".join(f'"{name}": {json.dumps(entry, separators=(",", ":"))}' for name, entry in sorted(expected.items()))
    file.write(f'{{"images": {{\n{body}\n}}}}\n')
