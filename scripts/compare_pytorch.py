#!/usr/bin/env python3
"""A denoiser training step (forward, backward) and a CQAR rendering in rapd and in PyTorch.

First checks that both give equal outputs for the same weights. Then one process each takes steps in
turn: rapd, PyTorch as it comes (eager), with rapd's allocator and OpenMP settings (tuned), and
compiled with these. float32. Run by scripts/compare-pytorch.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SETTINGS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184",
            "MALLOC_TOP_PAD_": "268435456", "GOMP_SPINCOUNT": "1000"}


def serve(model, mode, batch, pixels):
    import torch

    from load_rapd import load

    field, denoiser = load(model)
    size = denoiser.rotation.shape[0]
    side = int(size**0.5) * denoiser.patch
    channels = field.encoder.body[-1].out_channels
    noisy = torch.randn(batch, channels, side, side)
    text = torch.randn(batch, denoiser.y_pos_embedding.shape[1], denoiser.y_embedder.proj.in_features)
    times = torch.full((batch,), 0.5)
    latent = torch.randn(1, channels, 64, 64)
    if mode == "compiled":
        denoiser = torch.compile(denoiser)
        field.renderer = torch.compile(field.renderer)
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        if line.strip() == "denoiser":
            denoiser(noisy, times, text).square().mean().backward()
        else:
            with torch.no_grad():
                field.render(latent, pixels, pixels)
        print(time.perf_counter() - start, flush=True)


class Worker:
    def __init__(self, command, settings):
        environment = {**os.environ, **settings}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        if line.strip() != "ready":
            raise RuntimeError(f"{command[0]} does not start: {line}")

    def step(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage1", default=str(HERE / "../configs/demo-stage1.json"))
    parser.add_argument("--stage2", default=str(HERE / "../configs/demo-stage2.json"))
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE",
                        help="overrides a field of stage 2, such as denoiser.depth=2")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--modes", default="eager,tuned,compiled")
    parser.add_argument("--java", default=str(HERE / "with-rapd"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs=2, metavar=("MODEL", "MODE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(*options.serve, options.batch, options.pixels)

    with tempfile.TemporaryDirectory() as folder:
        model, outputs = f"{folder}/model", f"{folder}/outputs.safetensors"

        def java(program, *arguments):
            path = program if options.java.endswith("with-rapd") else str(HERE / program)
            return [options.java, path, *arguments]

        subprocess.run(java("MakeRandomModel.java", options.stage1, options.stage2, model,
                            *options.set), check=True)
        subprocess.run(java("WriteOutputs.java", model, outputs), check=True)
        subprocess.run([sys.executable, str(HERE / "load_rapd.py"), model, outputs], check=True)
        sizes = [str(options.batch), str(options.pixels)]
        workers = {"rapd": Worker(java("ServeSteps.java", model, *sizes), {})}
        for mode in options.modes.split(","):
            command = [sys.executable, __file__, "--serve", model, mode, "--batch", sizes[0],
                       "--pixels", sizes[1]]
            workers[mode] = Worker(command, {} if mode == "eager" else SETTINGS)
        print("| | " + " | ".join(f"{name} ms" for name in workers) + " | "
              + " | ".join(f"{name} / rapd" for name in list(workers)[1:]) + " |")
        print("|---" * (2 * len(workers)) + "|")
        for what in ("denoiser", "cqar"):
            seconds = {name: [] for name in workers}
            for round_ in range(-3, options.rounds):
                for name, worker in workers.items():
                    taken = worker.step(what)
                    if round_ >= 0:
                        seconds[name].append(taken)
            median = {name: statistics.median(all_) for name, all_ in seconds.items()}
            ratios = {name: statistics.median(a / b for a, b in zip(seconds[name], seconds["rapd"]))
                      for name in list(workers)[1:]}
            print(f"| {what} | " + " | ".join(f"{1000 * value:.1f}" for value in median.values())
                  + " | " + " | ".join(f"{value:.2f}" for value in ratios.values()) + " |")
        for worker in workers.values():
            worker.process.stdin.close()
            worker.process.wait()


if __name__ == "__main__":
    sys.exit(main())
