#!/usr/bin/env python3
"""Finds entities in text with a model that was trained by FedNER in the browser.

    pip install numpy safetensors uniseg xxhash
    python use_model.py note.txt               one JSON object: the text's entities
    python use_model.py notes.jsonl            one JSON object a line for each {"text": …} line

or in a program of your own:

    from use_model import Model
    for entity in Model(".").tag("Nausea after aspirin."):
        print(entity["start"], entity["end"], entity["label"], entity["confidence"])

Offsets count Unicode code points, as Python's strings do. The files model.safetensors and config.json
lie beside this script. It does what the page does: the same tokens, features, network and CRF. A model with
a pretrained encoder also needs read_encoder.py and the encoder's pack; without it the script says which.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import xxhash
from safetensors.numpy import load_file
from uniseg.derived import alphabetic, lowercase, uppercase
from uniseg.graphemecluster import grapheme_clusters
from uniseg.wordbreak import words
from unicodedata import category

FORMAT = 1


# ---------------------------------------------------------------------------------------------- text


WHITE_SPACE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | frozenset(
    chr(c) for c in range(0x2000, 0x200B)
)
LINE_BREAKS = frozenset("\n\v\f\r\x85\u2028\u2029")
TERMINATORS = frozenset(".!?‼⁇⁈⁉؟۔।॥")
IDEOGRAPHIC = frozenset("。！？｡．")
CLOSING = frozenset(")]}»”」』）】")


def is_numeric(c):
    return category(c) in ("Nd", "Nl", "No")


def is_alphanumeric(c):
    return alphabetic(c) or is_numeric(c)


def lines(text):
    """Each line with its line break, and where it begins."""
    start = 0
    for end, c in enumerate(text, 1):
        if c in LINE_BREAKS:
            yield start, text[start:end]
            start = end
    if start < len(text):
        yield start, text[start:]


def line_tokens(line, offset):
    """Words after UAX #29, with what clinical text needs apart taken apart: (start, end) pairs."""
    word_starts, at = set(), 0
    for word in words(line):
        word_starts.add(at)
        at += len(word)
    tokens, grows, last, at = [], False, None, 0
    for cluster in grapheme_clusters(line):
        start = at
        at += len(cluster)
        if any(c in WHITE_SPACE for c in cluster):
            begin = start
            for place, c in enumerate(cluster, start):
                if c in WHITE_SPACE:
                    if begin < place:
                        tokens.append([begin, place])
                    begin = place + 1
            if begin < at:
                tokens.append([begin, at])
            grows = False
            continue
        alone = stands_alone(cluster, last if grows else None)
        if tokens and start not in word_starts and not alone and grows:
            tokens[-1][1] = at
        else:
            tokens.append([start, at])
        grows, last = not alone, cluster[-1]
    return [(offset + start, offset + end) for start, end in tokens]


def stands_alone(cluster, before):
    if cluster[0] in ":;_":
        return True
    return cluster[0] == "." and not (before is not None and is_numeric(before))


class Line:
    """The tokens of one line, to be cut into sentences."""

    def __init__(self, text, tokens, rules):
        self.text, self.tokens, self.rules = text, tokens, rules
        self.words = [text[start:end] for start, end in tokens]

    def sentences(self):
        start, at, quoting = 0, 0, False
        while at < len(self.words):
            first = at
            at += 1
            quoting ^= self.words[first] == '"'
            if not is_terminator(self.words[first]):
                continue
            while at < len(self.words) and self.goes_with_end(at, quoting):
                quoting ^= self.words[at] == '"'
                at += 1
            if at < len(self.words) and self.ends(start, first, at):
                yield from self.capped(start, at)
                start, quoting = at, False
        yield from self.capped(start, len(self.words))

    def ends(self, start, first, following):
        if any(word in IDEOGRAPHIC for word in self.words[first:following]):
            return True
        word = self.words[following]
        if self.attached(following) or goes_on(word) or first == start:
            return False
        if is_numeric(word[0]) and not self.attached(first):
            return False
        before = self.words[first - 1]
        last = before[-1]
        if not (is_alphanumeric(last) or last in CLOSING or last in "\"'’%°"):
            return False
        more = first + 1 < following and is_terminator(self.words[first + 1])
        single_stop = self.words[first] == "." and not more
        return not (single_stop and self.stop_belongs_to(before, word, first - 1 == start))

    def stop_belongs_to(self, before, word, opens_sentence):
        if len(before) == 1 and alphabetic(before):
            return True
        digit_follows = is_numeric(word[0])
        if is_numeric(before[-1]) and (digit_follows or opens_sentence):
            return True
        if len(before.encode()) > self.rules["abbreviation_bytes_max"]:
            return False
        small = before.lower()
        return small in self.rules["abbreviations"] or (digit_follows and small in self.rules["numbered"])

    def attached(self, at):
        return self.tokens[at - 1][1] == self.tokens[at][0]

    def goes_with_end(self, at, quoting):
        word = self.words[at]
        if word == '"':
            closes = quoting or self.attached(at)
        elif word in ("'", "’"):
            closes = self.attached(at)
        else:
            closes = all(c in CLOSING for c in word)
        return closes or is_terminator(word)

    def capped(self, start, end):
        most = self.rules["sentence_tokens_max"]
        while end - start > most:
            cut = most
            for length in range(most, most // 2 - 1, -1):
                at = start + length
                if self.words[at - 1] in (".", ";", ",", ":", "!", "?") and not is_numeric(self.words[at][0]):
                    cut = length
                    break
            yield self.tokens[start : start + cut]
            start += cut
        if start < end:
            yield self.tokens[start:end]


def is_terminator(word):
    return word in TERMINATORS or word in IDEOGRAPHIC


def goes_on(word):
    c = word[0]
    return c in ",;:-–—、،" or lowercase(c)


def sentences(text, rules):
    """Lists of (start, end) pairs."""
    for offset, line in lines(text):
        tokens = line_tokens(line, offset)
        if tokens:
            yield from Line(text, tokens, rules).sentences()


# ------------------------------------------------------------------------------------------ features


def shape(token, run_max):
    parts, last, run = [], None, 0
    for c in token:
        if uppercase(c):
            kind = "X"
        elif alphabetic(c):
            kind = "x"
        elif is_numeric(c):
            kind = "d"
        else:
            kind = c
        run = run + 1 if kind == last else 1
        last = kind
        if run <= run_max:
            parts.append(kind)
    return "".join(parts)


def feature_value(feature, token, lower, run_max):
    if feature == "form":
        return lower
    if feature == "shape":
        return shape(token, run_max)
    count = int(feature[-1])
    return lower[:count] if feature.startswith("prefix") else lower[-count:]


class Features:
    """Hashed features: the rows of the embedding table for each token."""

    def __init__(self, config):
        spec, hashing = config["model"], config["hashing"]
        self.run_max = hashing["shape_run_max"]
        self.hashes = spec["hashes"]
        self.tables, first = [], 0
        for table in spec["features"]:
            number = hashing["feature_numbers"][table["feature"]]
            seeds = [(spec["hash_seed"] << 32) | (number << 8) | k for k in range(self.hashes)]
            self.tables.append((table["feature"], first, table["rows"], seeds))
            first += table["rows"]
        self.known = {}

    def rows(self, token):
        if token not in self.known:
            lower, rows = token.lower(), []
            for feature, first, count, seeds in self.tables:
                value = feature_value(feature, token, lower, self.run_max).encode()
                rows.append([first + xxhash.xxh3_64_intdigest(value, seed) % count for seed in seeds])
            self.known[token] = rows
        return self.known[token]


# ------------------------------------------------------------------------------------------- network


erf = np.frompyfunc(math.erf, 1, 1)


def gelu(x):
    return (x * 0.5 * (1.0 + erf(x / math.sqrt(2.0)).astype(np.float32))).astype(np.float32)


def layer_norm(x, gamma, beta, epsilon):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def log_sum(x, axis):
    most = x.max(axis, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        return np.squeeze(most, axis) + np.log(np.exp(x - most).sum(axis))


class Model:
    """A model from the folder that its files were unpacked to."""

    def __init__(self, folder):
        folder = Path(folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config["format"] != FORMAT:
            raise ValueError(f"config.json has format {config['format']}, this script reads {FORMAT}")
        self.tensors = load_file(folder / "model.safetensors")
        self.labels, self.rules, self.spec = config["labels"], config["text"], config["model"]
        self.rules["abbreviations"] = frozenset(self.rules["abbreviations"])
        self.rules["numbered"] = frozenset(self.rules["numbered"])
        self.epsilon = config["norm_epsilon"]
        self.temperature = config["temperature"]
        self.features = Features(config)
        self.encoder, pretrained = None, self.spec.get("pretrained")
        if pretrained:
            import read_encoder

            self.encoder, self.step = read_encoder.find(folder, pretrained), np.float32(config["word_vector_step"])
        tags = 1 + 2 * len(self.labels)
        self.start = self.tensors["private.crf.start"].astype(np.float64)
        self.end = self.tensors["private.crf.end"].astype(np.float64)
        self.moves = self.tensors["private.crf.transitions"].astype(np.float64).copy()
        for tag in range(2, tags, 2):  # I- only after B- and I- of its type, and never first
            allowed = np.zeros(tags, bool)
            allowed[[tag - 1, tag]] = True
            self.moves[~allowed, tag] = -np.inf
            self.start[tag] = -np.inf

    def tag(self, text):
        """The entities of a text, in its order."""
        found = []
        for sentence in sentences(text, self.rules):
            vectors = self.encoder.vectors(text, sentence) * self.step if self.encoder else None
            scores = self.emissions([text[start:end] for start, end in sentence], vectors).astype(np.float64)
            for first, end, label, confidence in self.decode(scores):
                entity = {"start": sentence[first][0], "end": sentence[end - 1][1], "label": self.labels[label]}
                found.append({**entity, "confidence": confidence})
        return found

    def emissions(self, tokens, vectors):
        table = self.tensors["shared.embedding.weight"]
        rows = np.array([self.features.rows(token) for token in tokens])
        inputs = table[rows].sum(2, dtype=np.float32).reshape(len(tokens), -1)
        hidden = self.dense("shared.input", inputs if vectors is None else np.concatenate([inputs, vectors], 1))
        blocks = [f"shared.encoder.{i}" for i in range(self.spec["encoder_blocks"])]
        for name in blocks + [f"private.encoder.{i}" for i in range(self.spec.get("private_blocks", 0))]:
            padded = np.pad(hidden, ((1, 1), (0, 0)))
            hidden = hidden + self.dense(name, np.concatenate([padded[:-2], hidden, padded[2:]], 1))
        if "private_encoder" in self.spec:
            if self.spec["private_encoder"]["kind"] != "bilstm":
                raise ValueError(f"this script knows no private encoder {self.spec['private_encoder']}")
            hidden = self.bilstm(hidden)
        return hidden @ self.tensors["private.output.weight"] + self.tensors["private.output.bias"]

    def dense(self, name, x):
        t = self.tensors
        x = gelu(x @ t[f"{name}.weight"] + t[f"{name}.bias"])
        return layer_norm(x, t[f"{name}.norm.gamma"], t[f"{name}.norm.beta"], self.epsilon)

    def bilstm(self, x):
        """A bidirectional LSTM; its gates are forget, input, output, candidate."""
        t, directions = self.tensors, []
        for name, sums in zip(("forward", "reverse"), np.split(x @ t["private.lstm.input.weight"], 2, axis=1)):
            sums = sums + np.concatenate([t[f"private.lstm.{name}.forget.bias"], t[f"private.lstm.{name}.bias"]])
            recurrent = t[f"private.lstm.{name}.recurrent.weight"]
            state = cells = np.zeros(len(recurrent), np.float32)
            states = np.empty((len(x), len(recurrent)), np.float32)
            for at in range(len(x)) if name == "forward" else reversed(range(len(x))):
                *gates, candidate = np.split(sums[at] + state @ recurrent, 4)
                forget, take, give = (0.5 + 0.5 * np.tanh(0.5 * gate) for gate in gates)
                cells = forget * cells + take * np.tanh(candidate)
                state = give * np.tanh(cells)
                states[at] = state
            directions.append(states)
        return np.concatenate(directions, 1)

    def decode(self, scores):
        """The spans of the best tag sequence with the probability of exactly each."""
        length = len(scores)
        best, back = self.start + scores[0], []
        for t in range(1, length):
            ways = best[:, None] + self.moves
            back.append(ways.argmax(0))
            best = ways.max(0) + scores[t]
        tags = [int((best + self.end).argmax())]
        for pointers in reversed(back):
            tags.append(int(pointers[tags[-1]]))
        tags.reverse()

        start, moves, end, scores = (x / self.temperature for x in (self.start, self.moves, self.end, scores))
        forward, backward = np.empty_like(scores), np.empty_like(scores)
        forward[0], backward[-1] = start + scores[0], end
        for t in range(1, length):
            forward[t] = log_sum(forward[t - 1][:, None] + moves, 0) + scores[t]
            backward[-t - 1] = log_sum(moves + scores[-t] + backward[-t], 1)
        everything = log_sum(forward[-1] + end, 0)

        at = 0
        while at < length:
            if tags[at] == 0:
                at += 1
                continue
            first, begin = at, tags[at]
            inside, path, last = begin + 1, forward[at, begin], begin
            at += 1
            while at < length and tags[at] == inside:
                path += moves[last, inside] + scores[at, inside]
                last = inside
                at += 1
            if at == length:
                after = end[last]
            else:
                ways = moves[last] + scores[at] + backward[at]
                after = log_sum(np.delete(ways, inside), 0)
            yield first, at, (begin - 1) // 2, float(np.clip(np.exp(path + after - everything), 0.0, 1.0))


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    path = Path(arguments[0])
    model = Model(Path(__file__).parent)
    text = path.read_bytes().decode("utf-8")
    if path.suffix == ".jsonl":
        texts = [json.loads(line)["text"] for line in text.split("\n") if line.strip()]
    else:
        texts = [text]
    for text in texts:
        print(json.dumps({"text": text, "entities": model.tag(text)}, ensure_ascii=False))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main(sys.argv[1:])
