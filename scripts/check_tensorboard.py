"""Compares a run's event files, as TensorBoard reads them, with its metrics.jsonl and previews."""

import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def main(run):
    events = EventAccumulator(
        str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0, "tensors": 0}
    )
    events.Reload()
    expected = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        values = json.loads(line)
        for name, value in values.items():
            if name != "step":
                expected.setdefault(name, []).append((values["step"], float32(value)))
    found = {
        name: [(e.step, float32(e.value)) for e in events.Scalars(name)]
        for name in events.Tags()["scalars"]
    }
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            sys.exit(f"{name}: metrics.jsonl has {expected.get(name)}, events {found.get(name)}")
    images = 0
    for image in events.Images("preview") if "preview" in events.Tags()["images"] else []:
        file = run / "previews" / f"step-{image.step:08d}.png"
        if image.encoded_image_string != file.read_bytes():
            sys.exit(f"{file}: differs from the event of step {image.step}")
        images += 1
    text = events.Tensors("configuration")[-1].tensor_proto.string_val[0].decode()
    if json.loads(text) != json.loads((run / "config.json").read_text()):
        sys.exit("the configuration differs from config.json")
    count = sum(len(values) for values in found.values())
    print(f"{count} numbers of {len(found)} tags, {images} previews and the configuration agree")


main(pathlib.Path(sys.argv[1]))
