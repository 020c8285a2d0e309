#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames per second of the training step in PyTorch: the same network, loss, batch and optimizer as
bench/train_step.c, written as PyTorch is meant to be used. Usage: torch_train.py THREADS SECONDS"""
import sys
import time

import torch
import torch.nn as nn

BATCH, INPUT, CONDITION, LATENT, WIDTH, LAYERS = 512, 265, 2, 32, 512, 2
GROUPS = [128, 32, 32, 64, 4, 1]
WEIGHTS = [1.0, 0.5, 0.05, 1.0, 0.05, 0.02]
OUTPUT = sum(GROUPS)
N_BATCHES = 16


def mlp(n_in, n_out):
    layers, n = [], n_in
    for _ in range(LAYERS):
        layers += [nn.Linear(n, WIDTH), nn.LayerNorm(WIDTH), nn.LeakyReLU(0.1)]
        n = WIDTH
    return nn.Sequential(*layers, nn.Linear(n, n_out))


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = mlp(INPUT, 2 * LATENT)
        self.decoder = mlp(LATENT + CONDITION, OUTPUT)

    def forward(self, x, condition, noise):
        mu, logvar = self.encoder(x).chunk(2, 1)
        logvar = logvar.clamp(-8, 4)
        z = mu + noise * torch.exp(0.5 * logvar)
        return self.decoder(torch.cat([z, condition], 1)), mu, logvar


def level(y, t, mask=None):
    w = 0.15 + t
    if mask is not None:
        w = w * mask
    e = (y - t) * 20
    e = torch.where(e.abs() < 1, e * e, 2 * e.abs() - 1)
    return (e * w).sum(1) / w.sum(1)


def recon_loss(y, target, mask):
    y, t = torch.split(y, GROUPS, 1), torch.split(target, GROUPS, 1)
    ratio_weight = t[1] ** 2
    parts = [
        level(y[0], t[0], mask[:, : GROUPS[0]]),
        level(y[1], t[1]),
        ((y[2] - t[2]) ** 2 * ratio_weight * 100).sum(1) / (ratio_weight.sum(1) + 0.3),
        level(y[3], t[3]),
        ((y[4] - t[4]) ** 2).mean(1) * 16,
        ((y[5] - t[5]) ** 2).mean(1) * 16,
    ]
    return sum(w * p for w, p in zip(WEIGHTS, parts)).mean()


def main():
    threads, seconds = int(sys.argv[1]), float(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    net = Vae()
    try:
        optimizer = torch.optim.AdamW(net.parameters(), lr=1.5e-3, betas=(0.9, 0.98), weight_decay=1e-4, foreach=True)
    except TypeError:
        optimizer = torch.optim.AdamW(net.parameters(), lr=1.5e-3, betas=(0.9, 0.98), weight_decay=1e-4)
    n = N_BATCHES * BATCH
    x, condition, target = torch.rand(n, INPUT), torch.rand(n, CONDITION), torch.rand(n, OUTPUT)
    mask = (torch.rand(n, OUTPUT) < 0.9).float()
    noise = torch.randn(n, LATENT)

    def step(i):
        rows = slice((i % N_BATCHES) * BATCH, (i % N_BATCHES + 1) * BATCH)
        y, mu, logvar = net(x[rows], condition[rows], noise[rows])
        kl = 0.5 * (mu * mu + logvar.exp() - 1 - logvar).sum(1).mean()
        loss = recon_loss(y, target[rows], mask[rows]) + 0.003 * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        return loss

    for i in range(5):
        step(i)
    start, steps, best = time.perf_counter(), 0, 1e9
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step(steps)
        best = min(best, time.perf_counter() - before)
        steps += 1
    elapsed = time.perf_counter() - start
    print(f"{steps * BATCH / elapsed:.0f} {BATCH / best:.0f}")


if __name__ == "__main__":
    main()
