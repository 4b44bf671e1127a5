#!/usr/bin/env python3
"""Writes a synthetic PyTorch Lightning checkpoint with the layout of PixelGen's, random weights.

Python 3.9 or later, no packages. With the default sizes: 1.1 billion parameters, their averages and
Adam's two moments in float32, a zip64 archive of 18 GB.

    scripts/write_lightning_checkpoint.py synthetic.ckpt
    scripts/write_lightning_checkpoint.py small.ckpt --width 64 --depth 2 --text-blocks 1
"""
import argparse
import array
import io
import math
import pickle
import random
import sys
import types
import zipfile
from collections import OrderedDict


def parameters(a):
    """Names and shapes of JiT_T2I, in order of declaration."""
    d, hidden, head = a.width, 4 * a.width, a.width // a.heads
    values = a.channels * a.patch ** 2
    yield "pos_embed", (1, (a.size // a.patch) ** 2, d)
    yield "y_pos_embedding", (1, a.text_tokens, d)
    yield "x_embedder.proj1.weight", (a.bottleneck, values)
    yield "x_embedder.proj2.weight", (d, a.bottleneck)
    yield "x_embedder.proj2.bias", (d,)
    yield "t_embedder.mlp.0.weight", (d, 256)
    yield "t_embedder.mlp.0.bias", (d,)
    yield "t_embedder.mlp.2.weight", (d, d)
    yield "t_embedder.mlp.2.bias", (d,)
    yield "y_embedder.proj.weight", (d, a.text_width)
    yield "y_embedder.proj.bias", (d,)
    yield "y_embedder.norm.weight", (d,)
    for kind, count in (("blocks", a.depth), ("text_refine_blocks", a.text_blocks)):
        for i in range(count):
            b = f"{kind}.{i}."
            yield b + "norm1.weight", (d,)
            if kind == "blocks":
                yield b + "attn.qkv_x.weight", (3 * d, d)
                yield b + "attn.kv_y.weight", (2 * d, d)
            else:
                yield b + "attn.qkv.weight", (3 * d, d)
            yield b + "attn.q_norm.weight", (head,)
            yield b + "attn.k_norm.weight", (head,)
            yield b + "attn.proj.weight", (d, d)
            yield b + "attn.proj.bias", (d,)
            yield b + "norm2.weight", (d,)
            yield b + "mlp.w12.weight", (2 * hidden, d)
            yield b + "mlp.w3.weight", (d, hidden)
            yield b + "adaLN_modulation.0.weight", (6 * d, d)
            yield b + "adaLN_modulation.0.bias", (6 * d,)
    yield "final_layer.linear.weight", (values, d)
    yield "final_layer.linear.bias", (values,)


class Storage:
    def __init__(self, key, elements):
        self.key, self.elements = key, elements


class Tensor:
    """Pickles as torch.Tensor does."""

    def __init__(self, key, shape):
        self.storage, self.shape = Storage(str(key), math.prod(shape)), shape

    def __reduce__(self):
        strides, step = [], 1
        for size in reversed(self.shape):
            strides.insert(0, step)
            step *= size
        return rebuild, (self.storage, 0, self.shape, tuple(strides), False, OrderedDict())


def rebuild(*arguments):
    raise NotImplementedError


class FloatStorage:
    pass


def pretend_torch():
    """pickle looks names up before it writes them: give it modules that have them."""
    torch, private = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage, torch._utils, private._rebuild_tensor_v2 = FloatStorage, private, rebuild
    FloatStorage.__module__ = "torch"
    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = ("torch._utils",) + ("_rebuild_tensor_v2",) * 2
    sys.modules.update({"torch": torch, "torch._utils": private})


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage):
            return "storage", FloatStorage, value.key, "cpu", value.elements
        return None


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("out")
    for name, value in dict(width=1536, depth=16, heads=24, text_blocks=4, bottleneck=1024, channels=3, patch=16,
                            size=512, text_width=2048, text_tokens=128, seed=0).items():
        p.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    p.add_argument("--no-optimizer", action="store_true", help="leave Adam's moments out")
    a = p.parse_args()
    pretend_torch()
    tensors = []

    def tensor(shape):
        tensors.append(Tensor(len(tensors), shape))
        return tensors[-1]

    shapes = list(parameters(a))
    weights = OrderedDict((f"{net}.{name}", tensor(shape)) for net in ("denoiser", "ema_denoiser") for name, shape in shapes)
    weights["diffusion_trainer.proj.0.weight"] = tensor((2048, a.width))
    root = {"epoch": 3, "global_step": 200000, "pytorch-lightning_version": "2.4.0", "state_dict": weights,
            "loops": {"fit_loop": {"epoch_progress": {"total": {"ready": 4, "completed": 3}}}}, "callbacks": {},
            "lr_schedulers": [], "hparams_name": "kwargs", "hyper_parameters": {"eval_original_model": False}}
    if not a.no_optimizer:
        state = {i: {"step": tensor(()), "exp_avg": tensor(s), "exp_avg_sq": tensor(s)} for i, (_, s) in enumerate(shapes)}
        root["optimizer_states"] = [{"state": state, "param_groups": [{"lr": 1e-4, "params": list(state)}]}]
    buffer = io.BytesIO()
    Pickler(buffer, protocol=2).dump(root)
    chance = random.Random(a.seed)
    noise = array.array("f", (chance.gauss(0, 0.02) for _ in range((1 << 20) + 4099)))
    if sys.byteorder == "big":
        noise.byteswap()
    noise = memoryview(noise).cast("B")
    with zipfile.ZipFile(a.out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr("archive/data.pkl", buffer.getvalue())
        archive.writestr("archive/byteorder", "little")
        for t in tensors:
            left = 4 * t.storage.elements
            with archive.open(f"archive/data/{t.storage.key}", "w", force_zip64=True) as entry:
                while left > 0:
                    begin = 4 * chance.randrange(4099)
                    piece = noise[begin:begin + min(left, 4 << 20)]
                    entry.write(piece)
                    left -= len(piece)
        archive.writestr("archive/version", "3\n")
    print(f"{a.out}: {sum(math.prod(s) for _, s in shapes) / 1e6:.1f} million parameters, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
