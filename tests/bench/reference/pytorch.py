"""The product's model in PyTorch, trained on the same batches on one thread or a GPU: words a second of whole steps.

Usage: pytorch.py BATCHES [--repeats N] [--steps N] [--threads N] [--device cpu|cuda]

BATCHES is what `training-bench --write-batches` wrote. Prints one line of JSON. Embedding, encoder, CRF, dropout,
clipping and AdamW are those of the product; the words' hashed rows are read, not computed, and lie on the device before
the first step.
"""

import argparse
import json
import time

import torch
from torch import nn
from torch.nn import functional as F

WARM_UP = 10
IMPOSSIBLE = -1e4


class Block(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.linear = nn.Linear(inputs, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        return self.norm(F.gelu(self.linear(x)))


class Tagger(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes["encoder_width"]
        self.features, self.hashes = sizes["features"], sizes["hashes"]
        self.table = nn.EmbeddingBag(sizes["rows"], sizes["embedding_width"], mode="sum")
        self.input = Block(self.features * sizes["embedding_width"], width)
        self.blocks = nn.ModuleList(Block(3 * width, width) for _ in range(sizes["blocks"]))
        self.lstm = None
        if sizes["lstm"]:
            self.lstm = nn.LSTM(width, sizes["lstm"], batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * sizes["lstm"] if sizes["lstm"] else width, sizes["tags"])
        self.start = nn.Parameter(torch.zeros(sizes["tags"]))
        self.end = nn.Parameter(torch.zeros(sizes["tags"]))
        self.moves = nn.Parameter(torch.zeros(sizes["tags"], sizes["tags"]))
        self.dropout = sizes["dropout"]
        tags = torch.arange(sizes["tags"])
        inside = (tags > 0) & (tags % 2 == 0)
        before = tags.unsqueeze(1)
        allowed = ~inside.unsqueeze(0) | (before == tags) | (before == tags - 1)
        self.register_buffer("no_move", torch.where(allowed, 0.0, IMPOSSIBLE))
        self.register_buffer("no_start", torch.where(inside, IMPOSSIBLE, 0.0))

    def keep(self, x):
        """One mask a sentence."""
        if not self.training or self.dropout == 0:
            return x
        keep = x.new_empty(x.shape[0], 1, x.shape[2]).bernoulli_(1 - self.dropout)
        return x * (keep / (1 - self.dropout))

    def emissions(self, rows, mask, lengths):
        sentences, width = mask.shape
        x = self.table(rows.view(-1, self.hashes)).view(sentences, width, -1)
        x = self.input(x) * mask.unsqueeze(2)
        for block in self.blocks:
            padded = F.pad(x, (0, 0, 1, 1))
            windows = torch.cat([padded[:, :-2], x, padded[:, 2:]], 2)
            x = (x + self.keep(block(windows))) * mask.unsqueeze(2)
        if self.lstm is not None:
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            x, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=width)
            x = self.keep(x)
        return self.output(x)

    def loss(self, rows, mask, tags, lengths):
        scores = self.emissions(rows, mask, lengths)
        moves, start = self.moves + self.no_move, self.start + self.no_start
        path = start + scores[:, 0]
        for t in range(1, scores.shape[1]):
            longer = torch.logsumexp(path.unsqueeze(2) + moves, 1) + scores[:, t]
            path = torch.where(mask[:, t : t + 1] > 0, longer, path)
        partition = torch.logsumexp(path + self.end, 1)
        emitted = (scores.gather(2, tags.unsqueeze(2)).squeeze(2) * mask).sum(1)
        moved = (moves[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(1)
        last = tags.gather(1, (lengths - 1).unsqueeze(1).to(tags.device)).squeeze(1)
        gold = start[tags[:, 0]] + emitted + moved + self.end[last]
        return (partition - gold).mean()


def read(batch, device):
    # The lengths stay where they are: packing wants them there.
    lengths = torch.tensor(batch["lengths"])
    width = batch["width"]
    mask = (torch.arange(width) < lengths.unsqueeze(1)).float()
    tags = torch.tensor([sentence + [0] * (width - len(sentence)) for sentence in batch["tags"]])
    return torch.tensor(batch["rows"]).to(device), mask.to(device), tags.to(device), lengths


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("batches")
    arguments.add_argument("--repeats", type=int, default=7)
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    with open(options.batches, encoding="utf-8") as file:
        given = json.load(file)
    batches = [read(batch, options.device) for batch in given["batches"]]
    model = Tagger(given["sizes"]).to(options.device)
    matrices = [p for p in model.parameters() if p.dim() == 2 and p is not model.moves]
    others = [p for p in model.parameters() if p.dim() != 2 or p is model.moves]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=2e-3)
    speeds, at = [], 0
    for repeat in range(options.repeats + 1):
        steps = WARM_UP if repeat == 0 else options.steps
        begin, words = time.perf_counter(), 0
        for _ in range(steps):
            rows, mask, tags, lengths = batches[at % len(batches)]
            at += 1
            optimiser.zero_grad()
            loss = model.loss(rows, mask, tags, lengths)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimiser.step()
            words += int(lengths.sum())
        if options.device == "cuda":
            torch.cuda.synchronize()
        if repeat > 0:
            speeds.append(words / (time.perf_counter() - begin))
    speeds.sort()
    spread = {"median": speeds[len(speeds) // 2], "least": speeds[0], "most": speeds[-1]}
    print(json.dumps({"unit": "words/s", "version": torch.__version__, "training": spread}))


main()
