#!/usr/bin/env python3
"""Model folders of rapd in plain PyTorch, on a CPU and in float32.

Needs torch, safetensors and numpy (tried with torch 2.7.1). As a library:

    from load_rapd import load
    field, denoiser = load("models/emoji-field")       # denoiser is None for a stage-1 model
    latent = field.encode(image)                       # (B, 3, H, W) in [-1, 1] to (B, C, H, W)
    image = field.render(latent, 480, 640)             # (B, 3, 480, 640)
    velocity = denoiser(noisy, time, text)             # (B, C, R, R), (B), (B, L, T)

The modules have rapd's parameter names; those of the denoiser are PixelGen's (JiT_T2I), those of the
encoder LIIF's (EDSR), those of the window attention Swin's. As a program it compares with what rapd
computed:

    scripts/with-rapd WriteOutputs.java MODEL outputs.safetensors
    python3 scripts/load_rapd.py MODEL outputs.safetensors
"""
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


# The denoiser


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * self.weight


class SwiGlu(nn.Module):
    def __init__(self, width, ratio):
        super().__init__()
        self.w12 = nn.Linear(width, 2 * ratio * width, bias=False)
        self.w3 = nn.Linear(ratio * width, width, bias=False)

    def forward(self, x):
        a, b = self.w12(x).chunk(2, -1)
        return self.w3(F.silu(a) * b)


class Attention(nn.Module):
    def __init__(self, width, heads, image):
        super().__init__()
        self.heads = heads
        self.q_norm = RmsNorm(width // heads)
        self.k_norm = RmsNorm(width // heads)
        if image:
            self.qkv_x = nn.Linear(width, 3 * width, bias=False)
            self.kv_y = nn.Linear(width, 2 * width, bias=False)
        else:
            self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def split(self, x, parts):
        return x.unflatten(-1, (parts, self.heads, -1)).unbind(2)  # parts of (B, N, heads, head)

    def attend(self, q, k, v):
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    def text(self, x):
        q, k, v = self.split(self.qkv(x), 3)
        return self.attend(self.q_norm(q), self.k_norm(k), v)

    def image(self, x, text, rotation):
        q, k, v = self.split(self.qkv_x(x), 3)
        text_k, text_v = self.split(self.kv_y(text), 2)
        q = rotate(self.q_norm(q), rotation)
        k = torch.cat([rotate(self.k_norm(k), rotation), self.k_norm(text_k)], 1)
        return self.attend(q, k, torch.cat([v, text_v], 1))


def rotate(x, rotation):
    """Rotates channels (2p, 2p + 1) of (B, N, heads, head) by a table (N, head / 2, 2) of cos, sin."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = rotation.unsqueeze(1).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


def rotary_table(head, rows, columns):
    pair = torch.arange(head // 2)
    frequency = 10000.0 ** (-4.0 * (pair // 2).double() / head)
    x = torch.linspace(0, rows, columns, dtype=torch.double) if columns > 1 else torch.zeros(1)
    y = torch.linspace(0, columns, rows, dtype=torch.double) if rows > 1 else torch.zeros(1)
    places = torch.stack([x.repeat(rows), y.repeat_interleave(columns)], 1)  # (N, 2)
    angle = places[:, pair % 2] * frequency
    return torch.stack([angle.cos(), angle.sin()], -1).float()


def sin_cos_positions(grid, width):
    quarter = width // 4
    frequency = 10000.0 ** (-torch.arange(quarter, dtype=torch.double) / quarter)
    place = torch.arange(grid, dtype=torch.double)
    halves = []
    for axis in (place.repeat(grid), place.repeat_interleave(grid)):
        angle = axis[:, None] * frequency
        halves += [angle.sin(), angle.cos()]
    return torch.cat(halves, 1)[None].float()


class Block(nn.Module):
    def __init__(self, width, heads, ratio, image):
        super().__init__()
        self.adaLN_modulation = nn.Sequential(nn.Linear(width, 6 * width))
        self.norm1 = RmsNorm(width)
        self.attn = Attention(width, heads, image)
        self.norm2 = RmsNorm(width)
        self.mlp = SwiGlu(width, ratio)

    def forward(self, x, condition, *attended):
        shift1, scale1, gate1, shift2, scale2, gate2 = (
            self.adaLN_modulation(condition).unsqueeze(1).chunk(6, -1))
        h = self.norm1(x) * (1 + scale1) + shift1
        x = x + gate1 * (self.attn.image(h, *attended) if attended else self.attn.text(h))
        return x + gate2 * self.mlp(self.norm2(x) * (1 + scale2) + shift2)


class PatchEmbedder(nn.Module):
    def __init__(self, values, bottleneck, width):
        super().__init__()
        self.proj1 = nn.Linear(values, bottleneck, bias=False)
        self.proj2 = nn.Linear(bottleneck, width)


class TimeEmbedder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        frequency = 10.0 ** (-torch.arange(128, dtype=torch.double) / 128)
        self.register_buffer("frequency", frequency.float(), persistent=False)

    def forward(self, time):
        angle = time[:, None] * self.frequency
        return self.mlp(torch.cat([angle.cos(), angle.sin()], 1))


class TextEmbedder(nn.Module):
    def __init__(self, text_width, width):
        super().__init__()
        self.proj = nn.Linear(text_width, width)
        self.norm = RmsNorm(width)

    def forward(self, text):
        return self.norm(self.proj(text))


class FinalLayer(nn.Module):
    def __init__(self, width, values):
        super().__init__()
        self.linear = nn.Linear(width, values)

    def forward(self, x):
        return self.linear(F.layer_norm(x, x.shape[-1:], eps=1e-6))


class Denoiser(nn.Module):
    """Predicts the velocity (or the clean latent) of z_t (B, C, R, R) at t (B), text (B, L, T)."""

    def __init__(self, config):
        super().__init__()
        width, heads, ratio = config["width"], config["heads"], config["mlpRatio"]
        self.patch = config["patchSize"]
        grid = config["latentSize"] // self.patch
        values = config["channels"] * self.patch**2
        self.x_embedder = PatchEmbedder(values, config["bottleneck"], width)
        self.t_embedder = TimeEmbedder(width)
        self.y_embedder = TextEmbedder(config["textWidth"], width)
        self.pos_embed = nn.Parameter(sin_cos_positions(grid, width), requires_grad=False)
        self.y_pos_embedding = nn.Parameter(torch.zeros(1, config["textTokens"], width))
        self.text_refine_blocks = nn.ModuleList(
            Block(width, heads, ratio, image=False) for _ in range(config["textBlocks"]))
        self.blocks = nn.ModuleList(
            Block(width, heads, ratio, image=True) for _ in range(config["depth"]))
        self.final_layer = FinalLayer(width, values)
        table = rotary_table(width // heads, grid, grid)
        self.register_buffer("rotation", table, persistent=False)

    def forward(self, latent, time, text):
        condition = F.silu(self.t_embedder(time))
        y = self.y_embedder(text) + self.y_pos_embedding
        for block in self.text_refine_blocks:
            y = block(y, condition)
        x = F.pixel_unshuffle(latent, self.patch).flatten(2).transpose(1, 2)  # (B, N, C p p)
        x = self.x_embedder.proj2(self.x_embedder.proj1(x)) + self.pos_embed
        for block in self.blocks:
            x = block(x, condition, y, self.rotation)
        size = [side // self.patch for side in latent.shape[2:]]
        return F.pixel_shuffle(self.final_layer(x).transpose(1, 2).unflatten(2, size), self.patch)


# The image field


class ResidualBlock(nn.Module):
    def __init__(self, width, scale):
        super().__init__()
        self.scale = scale
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x):
        return x + self.scale * self.body(x)


class Edsr(nn.Module):
    def __init__(self, config):
        super().__init__()
        channels = config["channels"]
        width = config.get("width", 0) or channels
        self.wide = width != channels
        self.head = nn.Sequential(nn.Conv2d(3, width, 3, padding=1))
        blocks = [ResidualBlock(width, config["residualScale"]) for _ in range(config["blocks"])]
        self.body = nn.Sequential(*blocks, nn.Conv2d(width, channels, 3, padding=1))

    def forward(self, image):
        head = self.head(image)
        h = self.body[:-1](head)
        return self.body[-1](h + head) if self.wide else self.body[-1](h) + head


class WindowAttention(nn.Module):
    def __init__(self, width, heads, window):
        super().__init__()
        self.heads = heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        place = torch.stack(
            torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij"), -1).view(-1, 2)
        offset = place[:, None] - place[None] + window - 1
        index = offset[..., 0] * (2 * window - 1) + offset[..., 1]
        self.register_buffer("index", index, persistent=False)

    def forward(self, x, mask):
        """x (windows, w w, D); mask (windows of an image, 1, w w, w w) or None."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        bias = self.relative_position_bias_table[self.index].permute(2, 0, 1)
        if mask is not None:
            bias = (bias + mask).repeat(x.shape[0] // mask.shape[0], 1, 1, 1)
        h = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(h.transpose(1, 2).flatten(2))


class CqarBlock(nn.Module):
    def __init__(self, config, shift):
        super().__init__()
        width = config["width"]
        self.window, self.shift = config["window"], shift
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, config["heads"], self.window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Module()
        hidden = config["expansion"] * width
        self.mlp.w12 = nn.Linear(width, 2 * hidden)
        self.mlp.w3 = nn.Linear(hidden, width)

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        a, b = self.mlp.w12(self.norm2(x)).chunk(2, -1)
        return x + self.mlp.w3(F.silu(a) * b)

    def attend(self, x):
        """Swin's shifted windows: rows and columns move round the edges, and masks part them."""
        batch, height, width, _ = x.shape
        w = self.window
        down, right = -height % w, -width % w
        x = F.pad(x, (0, 0, 0, right, 0, down)).roll((-self.shift, -self.shift), (1, 2))
        rows, columns = (height + down) // w, (width + right) // w
        windows = x.view(batch, rows, w, columns, w, -1).transpose(2, 3).reshape(-1, w * w, x.shape[3])
        mask = None if self.shift == down == right == 0 else self.mask(height, width, down, right)
        x = self.attn(windows, mask)
        x = x.view(batch, rows, columns, w, w, -1).transpose(2, 3)
        x = x.reshape(batch, height + down, width + right, -1).roll((self.shift, self.shift), (1, 2))
        return x[:, :height, :width]

    def mask(self, height, width, down, right):
        w = self.window
        sides = []
        for size, added in ((height, down), (width, right)):
            part = (torch.arange(size + added) + w - self.shift) // w
            part[size:] = -1
            sides.append(part.roll(-self.shift))
        part = sides[0][:, None] * (sides[1].max() + 2) + sides[1][None]
        part = part.view((height + down) // w, w, (width + right) // w, w).transpose(1, 2)
        part = part.reshape(-1, 1, w * w)
        mask = torch.zeros(part.shape[0], 1, w * w, w * w)
        return mask.masked_fill(part.unsqueeze(3) != part.unsqueeze(2), float("-inf"))


class Cqar(nn.Module):
    """Renders a latent (B, C, R, R') at any size: (B, 3, height, width)."""

    def __init__(self, config, channels):
        super().__init__()
        width = config["width"]
        self.proj_in = nn.Linear(channels + 6, width)
        self.blocks = nn.ModuleList(
            CqarBlock(config, config["window"] // 2 * (i % 2)) for i in range(config["blocks"]))
        self.norm = nn.LayerNorm(width)
        self.proj_out = nn.Linear(width, 3)

    def forward(self, latent, height, width):
        axes = [self.axis(n, r) for n, r in zip((height, width), latent.shape[2:])]
        (rows, y_offset, y_cell, y), (columns, x_offset, x_cell, x) = axes
        w, c = self.proj_in.weight, latent.shape[1]
        # W [z_p; offset; relative cell; coordinate] + b, each part where it varies
        h = F.linear(latent.permute(0, 2, 3, 1), w[:, :c])[:, rows][:, :, columns]
        h = h + F.linear(torch.stack([y_offset, y], 1), w[:, [c, c + 4]])[:, None]
        h = h + F.linear(torch.stack([x_offset, x], 1), w[:, [c + 1, c + 5]])
        h = h + F.linear(torch.tensor([y_cell, x_cell]), w[:, c + 2 : c + 4], self.proj_in.bias)
        for block in self.blocks:
            h = block(h)
        return self.proj_out(self.norm(h)).permute(0, 3, 1, 2).contiguous()

    @staticmethod
    def axis(pixels, cells):
        """Nearest cell, offset from its centre in half cells, size of a pixel in cells, coordinate."""
        scaled = (2 * torch.arange(pixels) + 1) * cells
        offset = (2 * (scaled % (2 * pixels)) - 2 * pixels).double() / (2 * pixels)
        center = (2 * torch.arange(pixels) + 1).double() / pixels - 1
        return scaled // (2 * pixels), offset.float(), 2.0 * cells / pixels, center.float()


class Field(nn.Module):
    """An image field; ``mean`` and ``std`` (C) normalise its latents for the denoiser."""

    def __init__(self, description):
        super().__init__()
        nif, statistics = description["nif"], description["statistics"]
        kinds = nif["encoder"]["type"], nif["renderer"]["type"]
        if kinds != ("edsr", "cqar"):
            raise ValueError("expected encoder edsr and renderer cqar, found %s and %s" % kinds)
        self.encoder = Edsr(nif["encoder"])
        self.renderer = Cqar(nif["renderer"], nif["encoder"]["channels"])
        self.mean = torch.tensor(statistics["mean"])
        self.std = torch.tensor(statistics.get("std") or statistics["deviation"])

    def encode(self, image):
        return self.encoder(image)

    def render(self, latent, height, width):
        return self.renderer(latent, height, width)


def weights(folder):
    files = sorted(Path(folder).glob("model*.safetensors"))
    tensors = {name: value for file in files for name, value in load_file(file).items()}
    return {name: value.float() for name, value in tensors.items()}


def load(folder):
    """Loads a model folder of rapd: (Field or None, Denoiser or None), in evaluation mode."""
    folder = Path(folder)
    parts = {"nif": None, "denoiser": None}
    for name in parts:
        part = folder / name if (folder / name).is_dir() else folder
        description = json.loads((part / "config.json").read_text())
        if name in description:
            module = Field(description) if name == "nif" else Denoiser(description["denoiser"])
            module.load_state_dict(weights(part))
            parts[name] = module.eval()
    if not any(parts.values()):
        raise SystemExit(f"{folder}: expected a model folder of rapd, found no nif and no denoiser")
    return parts["nif"], parts["denoiser"]


def compare(name, ours, theirs, tolerance):
    error = (ours - theirs).abs().max().item()
    scale = theirs.abs().max().item()
    print(f"{name} {tuple(ours.shape)}: largest difference {error:.2e}, largest value {scale:.3g}")
    return error <= tolerance * max(scale, 1e-30)


@torch.no_grad()
def main(model, outputs, tolerance=1e-4):
    field, denoiser = load(model)
    given = load_file(outputs)
    good = []
    if field:
        latent = field.encode(given["image"])
        good.append(compare("latent", latent, given["latent"], tolerance))
        for name in sorted(name for name in given if name.startswith("rendering")):
            image = field.render(given["latent"], *given[name].shape[2:])
            good.append(compare(name, image, given[name], tolerance))
    if denoiser:
        found = denoiser(given["noisy"], given["time"], given["text"])
        good.append(compare("prediction", found, given["prediction"], tolerance))
    print("equal" if all(good) else "different", f"within {tolerance} of the largest value")
    return 0 if all(good) else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: load_rapd.py MODEL OUTPUTS.safetensors")
    sys.exit(main(*sys.argv[1:]))
