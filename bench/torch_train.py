#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames (tokens) per second of the training step in PyTorch: the same network, loss, batch and optimizer as
bench/train_step.c, bench/lstm_step.c or bench/transformer_step.c, written as PyTorch is meant to be used.
Usage: torch_train.py THREADS SECONDS [vae|lstm|transformer]"""
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


def adamw(net, rate, decay):
    options = {"lr": rate, "betas": (0.9, 0.98), "weight_decay": decay}
    try:
        return torch.optim.AdamW(net.parameters(), foreach=True, **options)
    except TypeError:
        return torch.optim.AdamW(net.parameters(), **options)


def vae():
    """Returns a function that makes step i, and the rows of a step."""
    net = Vae()
    optimizer = adamw(net, 1.5e-3, 1e-4)
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

    return step, BATCH


def lstm():
    """As vae(): two layers of LSTM and a linear one, 16 sequences of 64 frames."""
    length, sequences, units, keys = 64, 16, 256, 88
    net = nn.ModuleDict({"lstm": nn.LSTM(128, units, 2), "out": nn.Linear(units, keys)})
    optimizer = adamw(net, 1e-3, 1e-4)
    x = (torch.rand(N_BATCHES, length, sequences, 128) < 0.1).float()
    target = (torch.rand(N_BATCHES, length, sequences, keys) < 0.1).float()

    def step(i):
        y = net["out"](net["lstm"](x[i % N_BATCHES])[0])
        loss = nn.functional.binary_cross_entropy_with_logits(y, target[i % N_BATCHES], reduction="sum")
        optimizer.zero_grad(set_to_none=True)
        (loss / (length * sequences)).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()

    return step, length * sequences


# ---- transformer ----

SEQUENCES, LENGTH, TOKENS_OF_BAR = 8, 512, 16
DIM, HIDDEN, N_LAYERS, N_HEADS, STEPS, BARS, DROPOUT = 192, 768, 4, 6, 256, 32, 0.1
CLASSES = [128, 32, 16]


class Attention(nn.Module):
    """Causal, with relative keys by step (the skewing of Huang et al. 2018) and by bar (gathered)."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
        self.steps = nn.Parameter(torch.randn(N_HEADS, STEPS, DIM // N_HEADS) * 0.1)
        self.bars = nn.Parameter(torch.randn(N_HEADS, BARS, DIM // N_HEADS) * 0.1)
        far = torch.arange(LENGTH - 1, -1, -1).clamp(max=STEPS - 1)
        self.register_buffer("distance", far)
        self.register_buffer("mask", torch.full((LENGTH, LENGTH), float("-inf")).triu(1))

    def forward(self, x, bar_distance):
        b, n, _ = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, N_HEADS, DIM // N_HEADS).permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-1, -2)
        by_step = q @ self.steps[:, self.distance].transpose(-1, -2)
        logits = logits + nn.functional.pad(by_step, (1, 0)).view(b, N_HEADS, n + 1, n)[:, :, 1:]
        by_bar = q @ self.bars.transpose(-1, -2)
        logits = logits + by_bar.gather(3, bar_distance.expand(b, N_HEADS, n, n))
        weights = torch.softmax(logits * (DIM // N_HEADS) ** -0.5 + self.mask, -1)
        return self.out((weights @ v).transpose(1, 2).reshape(b, n, DIM))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2, self.attention = nn.LayerNorm(DIM), nn.LayerNorm(DIM), Attention()
        self.feed = nn.Sequential(nn.Linear(DIM, HIDDEN), nn.GELU(approximate="tanh"), nn.Linear(HIDDEN, DIM))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x, bar_distance):
        x = x + self.dropout(self.attention(self.norm1(x), bar_distance))
        return x + self.dropout(self.feed(self.norm2(x)))


class TokenModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(n, DIM) for n in CLASSES)
        self.blocks = nn.ModuleList(Block() for _ in range(N_LAYERS))
        self.norm, self.dropout = nn.LayerNorm(DIM), nn.Dropout(DROPOUT)
        self.hidden = nn.ModuleList(nn.Linear(DIM, DIM) for _ in CLASSES)
        self.given = nn.ModuleList(
            nn.ModuleList(nn.Embedding(n, DIM) for n in CLASSES[:k]) for k in range(len(CLASSES))
        )
        self.logits = nn.ModuleList(nn.Linear(DIM, n) for n in CLASSES)

    def forward(self, fields, labels, bar_distance):
        x = self.dropout(sum(embedding(fields[..., f]) for f, embedding in enumerate(self.embeddings)))
        for block in self.blocks:
            x = block(x, bar_distance)
        x, loss = self.norm(x), 0
        for k, hidden in enumerate(self.hidden):
            h = sum((given(labels[..., j]) for j, given in enumerate(self.given[k])), hidden(x))
            logits = self.logits[k](nn.functional.gelu(h, approximate="tanh"))
            loss = loss + nn.functional.cross_entropy(logits.flatten(0, 1), labels[..., k].flatten())
        return loss


def transformer():
    """As vae(); a row is a token."""
    net, n_batches = TokenModel(), 4
    optimizer = adamw(net, 1e-3, 0.01)
    parameters = list(net.parameters())
    average = [p.detach().clone() for p in parameters]
    fields = torch.stack([torch.randint(n, (n_batches, SEQUENCES, LENGTH)) for n in CLASSES], -1)
    labels = torch.stack([torch.randint(n, (n_batches, SEQUENCES, LENGTH)) for n in CLASSES], -1)
    bar = (torch.arange(LENGTH) // TOKENS_OF_BAR).expand(SEQUENCES, LENGTH)
    bar_distance = (bar[:, :, None] - bar[:, None, :]).clamp(0, BARS - 1)[:, None]

    def step(i):
        loss = net(fields[i % n_batches], labels[i % n_batches], bar_distance)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_mul_(average, 0.999)
            torch._foreach_add_(average, parameters, alpha=0.001)

    return step, SEQUENCES * LENGTH


def main():
    threads, seconds = int(sys.argv[1]), float(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    step, rows = {"vae": vae, "lstm": lstm, "transformer": transformer}[sys.argv[3] if len(sys.argv) > 3 else "vae"]()
    for i in range(3):
        step(i)
    start, steps, best = time.perf_counter(), 0, 1e9
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step(steps)
        best = min(best, time.perf_counter() - before)
        steps += 1
    elapsed = time.perf_counter() - start
    print(f"{steps * rows / elapsed:.0f} {rows / best:.0f}")


if __name__ == "__main__":
    main()
