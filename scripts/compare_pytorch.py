#!/usr/bin/env python3
"""Training steps of the denoiser and of CQAR, and renderings, in rapd and in PyTorch.

First checks that both give equal outputs in float32 for the same weights. Then one process each takes
steps in turn: rapd, PyTorch as it comes (eager), with rapd's allocator and OpenMP settings (tuned), and
compiled with these. Run by scripts/compare-pytorch.

A denoiser step is forward and backward, and with --update clipping, AdamW (fused) and averages too;
"denoiser-2" is rapd's with two workers, of PyTorch's the same as "denoiser". In bfloat16 PyTorch trains
under autocast, and renders with CQAR's blocks in bfloat16.
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
STEPS = ("denoiser", "denoiser-2", "cqar", "cqar-train")


def serve(model, mode, options):
    import copy

    import torch
    from torch import nn

    from load_rapd import load

    class To(nn.Module):
        def __init__(self, dtype):
            super().__init__()
            self.dtype = dtype

        def forward(self, x):
            return x.to(self.dtype)

    half = options.precision == "bfloat16"
    field, denoiser = load(model)
    trained, rendering = copy.deepcopy(field.renderer), field.renderer
    if half:
        rendering.blocks = nn.ModuleList(
            [To(torch.bfloat16), *rendering.blocks.bfloat16(), To(torch.float32)])
    size = denoiser.rotation.shape[0]
    side = int(size**0.5) * denoiser.patch
    channels = field.encoder.body[-1].out_channels
    batch = options.batch
    noisy = torch.randn(batch, channels, side, side)
    text = torch.randn(batch, denoiser.y_pos_embedding.shape[1], denoiser.y_embedder.proj.in_features)
    times = torch.full((batch,), 0.5)
    latent = torch.randn(1, channels, 64, 64)
    parameters = [p for p in denoiser.parameters() if p.requires_grad]
    if options.update:
        averages = [p.detach().clone() for p in parameters]
        adam = torch.optim.AdamW(parameters, lr=1e-6, betas=(0.9, 0.95), weight_decay=0, fused=True)
    if mode == "compiled":
        skip_failing_loop_splits()
        denoiser, trained, rendering = map(torch.compile, (denoiser, trained, rendering))

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=half)

    def denoiser_step():
        with autocast():
            output = denoiser(noisy, times, text)
        output.float().square().mean().backward()
        if options.update:
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
            with torch.no_grad():
                torch._foreach_lerp_(averages, parameters, 0.005)
            adam.zero_grad(set_to_none=True)

    def cqar_step():
        with torch.no_grad():
            rendering(latent, options.pixels, options.pixels)

    def cqar_training_step():
        with autocast():
            image = trained(latent, options.pixels, options.pixels)
        image.float().square().mean().backward()

    steps = {"denoiser": denoiser_step, "denoiser-2": denoiser_step, "cqar": cqar_step,
             "cqar-train": cqar_training_step}
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        steps[line.strip()]()
        print(time.perf_counter() - start, flush=True)


def skip_failing_loop_splits():
    """Inductor of torch 2.7.1 fails on CQAR ('int' object has no attribute 'find') in an optimisation
    that changes nothing but speed; a loop on which it fails stays as it is."""
    from torch._inductor.codegen.cpp import CppScheduling

    split = CppScheduling.try_loop_split

    def guarded(self, nodes):
        try:
            return split(self, nodes)
        except AttributeError:
            return nodes

    CppScheduling.try_loop_split = guarded


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
    parser.add_argument("--steps", default=",".join(STEPS), help="which, of " + ", ".join(STEPS))
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--update", action="store_true", help="denoiser steps update the weights")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1e9,
                        help="begins no further round after this time")
    parser.add_argument("--modes", default="eager,tuned,compiled")
    parser.add_argument("--wait", action="store_true",
                        help="warms up, then waits for a line of standard input: time for a quiet machine")
    parser.add_argument("--java", default=str(HERE / "with-rapd"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs=2, metavar=("MODEL", "MODE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    wanted = options.steps.split(",")
    unknown = sorted(set(wanted) - set(STEPS))
    if unknown:
        parser.error(f"--steps: expected some of {', '.join(STEPS)}, found {', '.join(unknown)}")
    if options.serve:
        return serve(*options.serve, options)

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
        workers = {"rapd": Worker(
            java("ServeSteps.java", model, *sizes, options.precision,
                 "UPDATE" if options.update else "BACKWARD"), {})}
        for mode in options.modes.split(","):
            command = [sys.executable, __file__, "--serve", model, mode, "--batch", sizes[0],
                       "--pixels", sizes[1], "--precision", options.precision,
                       *(["--update"] if options.update else [])]
            workers[mode] = Worker(command, {} if mode == "eager" else SETTINGS)
        for _ in range(3):  # compiles, and reaches the steady state
            for what in wanted:
                for worker in workers.values():
                    worker.step(what)
        if options.wait:
            print("warm; waiting for a line of standard input", flush=True)
            sys.stdin.readline()
        measure(wanted, workers, options.rounds, options.seconds)
        for worker in workers.values():
            worker.process.stdin.close()
            worker.process.wait()


def measure(wanted, workers, rounds, seconds):
    """Prints medians, and medians of the ratios in each round."""
    end = time.monotonic() + seconds
    taken = {what: {name: [] for name in workers} for what in wanted}
    done = 0
    while done < rounds and time.monotonic() < end:
        for what in wanted:
            for name, worker in workers.items():
                taken[what][name].append(worker.step(what))
        done += 1
    print(f"| {done} rounds | " + " | ".join(f"{name} ms" for name in workers) + " | "
          + " | ".join(f"{name} / rapd" for name in list(workers)[1:]) + " |")
    print("|---" * (2 * len(workers)) + "|")
    for what, of in taken.items():
        ratios = (statistics.median(a / b for a, b in zip(of[name], of["rapd"]))
                  for name in list(workers)[1:])
        print(f"| {what} | "
              + " | ".join(f"{1000 * statistics.median(all_):.1f}" for all_ in of.values())
              + " | " + " | ".join(f"{value:.2f}" for value in ratios) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
