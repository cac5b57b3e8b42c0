"""Makes the fixtures of the encoder's tests with the libraries `tokenizers` and `transformers`.

    pip install numpy tokenizers 'transformers==4.46.3' flax jax safetensors
    python make_fixture.py

`tiny/` becomes a hub's folder: a BERT of random weights from a seed, two layers of 24, in `safetensors`. `expected.json`
holds what the two libraries make of some texts: pieces with their places, and the hidden states behind each layer.
"""

import json
import os
from pathlib import Path

os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers  # noqa: E402
from transformers import BertConfig, FlaxBertModel  # noqa: E402

HERE = Path(__file__).parent
TINY = HERE / "tiny"
SEED = 20
TEXTS = [
    "Aspirin 100 mg caused mild gastric bleeding.",
    "Café, naïve façade; Ångström's cafe\u0301 ﬁnal ½.",
    "血圧 was 120/80 今日は.",
    "Fever 😀👩‍⚕️ and nausea\u200b today",
    "x" * 101 + " after " + "y" * 100,
    "İstanbul ßtraße ΑΣ ͅ",
    "",
    "  \t spaces\u00a0and\u3000more\u2009 ",
    "T37.5°C ≥ 3×10⁹/L [2-(dimethylamino)ethyl] (p<0.05)",
    "한국어 मराठी العَرَبِيَّة",
]


def vocabulary():
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(c) for c in range(33, 127)] + list("éïçåäßσαςς血圧今日は中½°×≥⁹")
    letters += list("हमरठ") + [chr(c) for c in range(0x1100, 0x1113)] + [chr(c) for c in range(0x1161, 0x1176)]
    letters += [chr(c) for c in range(0x11A8, 0x11C3)] + ["😀"]
    words = ["aspirin", "fever", "caused", "mild", "gastric", "bleed", "##ing", "mg", "and", "cafe", "Café", "##er", "na",
             "##us", "##ea", "today", "after", "##ive", "spaces", "more", "was", "As", "##pi", "##rin"]
    for letter in letters:
        pieces += [letter, "##" + letter]
    return list(dict.fromkeys(pieces + words))


def tokeniser(pieces, lowercase):
    tokeniser = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    tokeniser.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokeniser.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokeniser


def pieces_of(tokeniser, text):
    encoded = tokeniser.encode(text, add_special_tokens=False)
    # Offsets of `tokenizers` are characters; ours are bytes.
    byte = [0]
    for character in text:
        byte.append(byte[-1] + len(character.encode()))
    return [[i, byte[a], byte[b]] for i, (a, b) in zip(encoded.ids, encoded.offsets)]


def flatten(tree, prefix=""):
    for name, value in tree.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            yield from flatten(value, path)
        else:
            yield path, np.asarray(value, dtype=np.float32)


def torch_name(path, value):
    if path.endswith(".kernel"):
        return path[: -len("kernel")] + "weight", np.ascontiguousarray(value.T)
    for flax in ("embedding", "scale"):
        if path.endswith("." + flax):
            return path[: -len(flax)] + "weight", value
    return path, value


def main():
    TINY.mkdir(exist_ok=True)
    pieces = vocabulary()
    config = BertConfig(vocab_size=len(pieces), hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
                        intermediate_size=40, max_position_embeddings=32, type_vocab_size=2)
    model = FlaxBertModel(config, seed=SEED, input_shape=(1, 8))
    rng = np.random.default_rng(SEED)
    # Larger than they are drawn, so that every part of the forward pass shows.
    params = {}
    for path, value in flatten(model.params):
        noise = rng.normal(size=value.shape).astype(np.float32)
        spread = 0.3 if value.ndim == 2 else 0.2
        base = 1.0 if path.endswith("scale") else 0.0
        params[path] = base + spread * noise
    nested = {}
    for path, value in params.items():
        at = nested
        *folders, name = path.split(".")
        for folder in folders:
            at = at.setdefault(folder, {})
        at[name] = value
    save_file(dict(torch_name(path, value) for path, value in params.items() if not path.startswith("pooler")),
              TINY / "model.safetensors")
    (TINY / "vocab.txt").write_text("\n".join(pieces) + "\n")
    config.architectures = ["BertModel"]
    (TINY / "config.json").write_text(config.to_json_string())
    (TINY / "tokenizer_config.json").write_text('{"do_lower_case": true}\n')
    (TINY / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A tiny random encoder for tests\n\nIt knows nothing.\n")

    expected = {"texts": []}
    uncased, cased = tokeniser(pieces, True), tokeniser(pieces, False)
    for text in TEXTS:
        found = pieces_of(uncased, text)
        ids = ([2] + [piece[0] for piece in found])[:31] + [3]
        states = model(np.array([ids]), params=nested, output_hidden_states=True).hidden_states
        rounded = [[round(float(x), 6) for x in np.asarray(state)[0].ravel()] for state in states[1:]]
        record = {"text": text, "uncased": found, "cased": pieces_of(cased, text), "ids": ids}
        expected["texts"].append(record | ({"hidden": rounded} if len(ids) < 24 else {}))
    (HERE / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


main()
