"""The pretrained encoder that a model reads text with first: a vector for each word, from a pack.

A pack is one safetensors file, named by the SHA-256 of its bytes; a federation's server has it at
/encoders/SHA256.safetensors. This reads it as the page does: the same pieces, the same rounding to bytes.
"""

import hashlib
import json
import math
from pathlib import Path
from unicodedata import category, normalize

import numpy as np
from safetensors import safe_open

FORMAT = "fedner-encoder-pack-1"
WORD_CHARS_MAX = 100
CJK = [
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
]
erf = np.frompyfunc(math.erf, 1, 1)


def find(folder, pretrained):
    """The encoder of a model, whose pack lies beside it."""
    path = Path(folder) / f"{pretrained['pack']}.safetensors"
    if not path.is_file():
        raise SystemExit(
            f"This model reads text with a pretrained encoder first. Put its pack, the file {path.name}, into {folder}: "
            f"the federation's server has it at /encoders/{path.name}."
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != pretrained["pack"]:
        raise SystemExit(f"{path} is damaged or another pack: its content has another SHA-256 than its name. Fetch it again.")
    return Encoder(path, pretrained["width"])


class Encoder:
    """A pack, ready to read."""

    def __init__(self, path, width):
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise SystemExit(f"{path} is no pack that this script reads: its format is {metadata.get('format')}")
            about = json.loads(metadata["about"])
            self.t = {name: file.get_tensor(name) for name in file.keys()}
        if about["vector_width"] != width:
            raise SystemExit(f"{path} makes vectors of {about['vector_width']} elements, the model reads {width}")
        self.config, self.rules, self.first = about["config"], about["tokeniser"], about["first_averaged"]
        lines = self.t.pop("vocabulary").tobytes().decode("utf-8").split("\n")
        self.pieces = {}
        for number, piece in enumerate(lines):
            self.pieces.setdefault(piece.removesuffix("\r"), number)
        self.linears = {}

    def vectors(self, text, sentence):
        """The vectors of a sentence's words, which are (start, end) pairs, in steps."""
        first, last = sentence[0][0], sentence[-1][1]
        pieces = self.cut(text[first:last], first)
        sums = np.zeros((len(sentence), self.config["hidden_size"]), np.float32)
        counts = np.zeros(len(sentence), np.int64)
        most = self.config["max_position_embeddings"] - 2
        for begin in range(0, len(pieces), most):
            own = pieces[begin : begin + most]
            states = self.read([self.pieces["[CLS]"], *(piece for piece, _, _ in own), self.pieces["[SEP]"]])
            for state, (_, start, end) in zip(states[1:-1], own):
                for word, (word_start, word_end) in enumerate(sentence):
                    if word_start < end and word_end > start:
                        sums[word] += state
                        counts[word] += 1
        means = sums * (np.float32(1) / np.maximum(counts, 1).astype(np.float32))[:, None]
        projected = means @ self.t["projection.weight"].T + self.t["projection.bias"]
        steps = np.clip(round_half_away(projected * np.float32(28)), -127, 127)
        return np.where(counts[:, None] > 0, steps, 0).astype(np.float32)

    # ------------------------------------------------------------------------------------ WordPiece

    def cut(self, text, offset):
        """Pieces as (number, start, end)."""
        found = []
        for word in self.words(text):
            found += self.cut_word([(c, offset + at) for c, at in word])
        return found

    def cut_word(self, word):
        whole = [(self.pieces["[UNK]"], word[0][1], word[-1][1] + 1)]
        if len(word) > WORD_CHARS_MAX:
            return whole
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start > 0 else "") + "".join(c for c, _ in word[start:end])
                if piece in self.pieces:
                    found.append((self.pieces[piece], word[start][1], word[end - 1][1] + 1))
                    start = end
                    break
            else:
                return whole
        return found

    def words(self, text):
        """Normalised words; each letter with the place of the character that it comes from."""
        words, grows = [], False
        for at, c in enumerate(text):
            if c in "\0\ufffd" or (c not in "\t\n\r" and category(c) in ("Cc", "Cf", "Co")):
                continue
            if c.isspace():
                grows = False
                continue
            cjk = self.rules["split_cjk"] and any(low <= ord(c) <= high for low, high in CJK)
            grows = grows and not cjk
            parts = c
            if self.rules["strip_accents"]:
                parts = "".join(part for part in normalize("NFD", c) if category(part) != "Mn")
            for letter in parts.lower() if self.rules["lowercase"] else parts:
                alone = category(letter).startswith("P") or (letter.isascii() and letter in "$+<=>^`|~")
                if grows and not alone:
                    words[-1].append((letter, at))
                else:
                    words.append([(letter, at)])
                grows = not alone
            grows = grows and not cjk
        return words

    # ---------------------------------------------------------------------------------- the network

    def read(self, numbers):
        """The mean hidden states of the layers that the pack says, a row a piece."""
        config, t = self.config, self.t
        rows = lambda name, which: t[name][which].astype(np.float32) * t[f"{name}.scale"][which][:, None]
        hidden = self.norm("norm", rows("pieces", numbers) + rows("positions", list(range(len(numbers)))))
        heads, layers = config["num_attention_heads"], config["num_hidden_layers"]
        total = np.zeros_like(hidden)
        for layer in range(layers):
            name = f"layer.{layer}"
            gathered = attend(self.linear(f"{name}.attention.in", hidden), heads)
            hidden = self.norm(f"{name}.attention.norm", self.linear(f"{name}.attention.out", gathered) + hidden)
            wide = self.linear(f"{name}.feed.in", hidden)
            wide = (wide * 0.5 * (1.0 + erf(wide / math.sqrt(2.0)).astype(np.float32))).astype(np.float32)
            hidden = self.norm(f"{name}.feed.norm", self.linear(f"{name}.feed.out", wide) + hidden)
            if layer + 1 >= self.first:
                total += hidden
        return total / np.float32(layers - self.first + 1)

    def norm(self, name, x):
        x = x - x.mean(-1, keepdims=True)
        scale = 1.0 / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(self.config["layer_norm_eps"]))
        return (x * scale * self.t[f"{name}.gamma"] + self.t[f"{name}.beta"]).astype(np.float32)

    def linear(self, name, x):
        """Integers times integers: each row of x as numbers of seven bits, with a scale and a zero."""
        if name not in self.linears:
            weight = self.t[f"{name}.weight"].astype(np.float64)
            self.linears[name] = weight.T, weight.sum(1), self.t[f"{name}.weight.scale"]
        weight, sums, scales = self.linears[name]
        low, high = np.minimum(x.min(1), 0), np.maximum(x.max(1), 0)
        scale = np.maximum((high - low) / np.float32(127), np.finfo(np.float32).tiny)
        zero = round_half_away(-low / scale)
        factor = np.float32(1) / scale
        numbers = np.clip(x * factor[:, None] + zero[:, None] + np.float32(0.5), 0, 127).astype(np.uint8)
        exact = numbers.astype(np.float64) @ weight - zero[:, None].astype(np.float64) * sums
        return exact.astype(np.float32) * (scale[:, None] * scales) + self.t[f"{name}.bias"]


def attend(projected, heads):
    pieces = len(projected)
    query, key, value = (part.reshape(pieces, heads, -1).transpose(1, 0, 2) for part in np.split(projected, 3, axis=1))
    scores = query @ key.transpose(0, 2, 1) * np.float32(1 / math.sqrt(query.shape[-1]))
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    gathered = (scores / scores.sum(-1, keepdims=True)) @ value
    return gathered.transpose(1, 0, 2).reshape(pieces, -1)


def round_half_away(x):
    return np.sign(x) * np.floor(np.abs(x) + np.float32(0.5))
