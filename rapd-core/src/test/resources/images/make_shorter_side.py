"""Writes shorter-side.json: images resized by ADM's rule (center_crop_arr before its crop) with Pillow.

Run here with Python 3, Pillow 13.0.0 and NumPy: python make_shorter_side.py
"""

import json

import numpy as np
from PIL import Image

cases = []
for seed, (height, width, side) in enumerate([(37, 41, 8), (32, 24, 6), (16, 17, 8), (15, 25, 8), (9, 7, 12)]):
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    image = coarse.resize((width, height), resample=Image.BICUBIC)
    entry = {"side": side, "input": {"height": height, "width": width, "levels": np.asarray(image).reshape(-1).tolist()}}
    results = {"halved": [], "resized": []}
    for band in image.split():
        halved = band.convert("F")  # rounded nowhere
        while min(*halved.size) >= 2 * side:
            halved = halved.resize(tuple(length // 2 for length in halved.size), resample=Image.BOX)
        scale = side / min(*halved.size)
        size = tuple(round(length * scale) for length in halved.size)
        results["halved"].append(halved)
        results["resized"].append(halved.resize(size, resample=Image.BICUBIC))
    for name, bands in results.items():
        levels = np.stack([np.asarray(band, np.float64) for band in bands], -1)
        entry[name] = {"height": levels.shape[0], "width": levels.shape[1], "levels": levels.round(3).reshape(-1).tolist()}
    cases.append(entry)
with open("shorter-side.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
