"""Pillow's part of measure-images: images per second of one thread."""

import io
import os
import sys
import time

from PIL import Image

folder = sys.argv[1]
side = int(sys.argv[2]) if len(sys.argv) > 2 else 256
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 20.0
files = [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]


def resized(image):
    while min(*image.size) >= 2 * side:
        image = image.resize(tuple(length // 2 for length in image.size), resample=Image.BOX)
    scale = side / min(*image.size)
    return image.resize(tuple(round(length * scale) for length in image.size), resample=Image.BICUBIC)


def rate(name, draft, resize):
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        image = Image.open(io.BytesIO(files[count % len(files)]))
        if draft:
            scale = side / min(image.size)
            image.draft("RGB", tuple(int(-(-length * scale // 1)) for length in image.size))
        image = image.convert("RGB")
        if resize:
            resized(image)
        count += 1
    print(f"{name:36} {count / (time.perf_counter() - start):7.1f} images/s")


rate("Pillow, decode", False, False)
rate("Pillow, decode and resize", False, True)
rate("Pillow, draft mode and resize", True, True)
