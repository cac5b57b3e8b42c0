"""spaCy's default entity recogniser for English, trained on one site's sentences.

Usage: spacy_ner.py FOLDER SEED

FOLDER has sentences.json, written by the experiment: under training, held_out and test the sentences, each with its
words and its entities (first word, word after the last, type). The configuration is the one that
`spacy init config --lang en --pipeline ner --optimize efficiency` writes, with its own sizes, optimiser, batches and
early stopping; the checkpoint is the one with the best F1 on the held-out sentences. found.json then has the entities
that it finds in the test sentences, in the same form, and the steps and scores of the training.
"""

import json
import sys
from pathlib import Path

import spacy
from spacy.cli.init_config import init_config
from spacy.cli.train import train
from spacy.tokens import Doc, DocBin, Span

# Both are spaCy's own: steps at most, and steps without a better score after which it ends.
STEPS_MAX = 20000
PATIENCE = 1600
STEPS_BETWEEN_SCORES = 200


def as_doc(vocab, sentence):
    doc = Doc(vocab, words=sentence["words"])
    doc.set_ents([Span(doc, first, end, label) for first, end, label in sentence["entities"]])
    return doc


def main():
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    given = json.loads((folder / "sentences.json").read_text(encoding="utf-8"))
    vocab = spacy.blank("en").vocab
    for part in ("training", "held_out"):
        docs = [as_doc(vocab, sentence) for sentence in given[part]]
        DocBin(docs=docs).to_disk(folder / f"{part}.spacy")
    init_config(lang="en", pipeline=["ner"], optimize="efficiency", gpu=False).to_disk(folder / "config.cfg")
    log = folder / "log.jsonl"
    overrides = {
        "paths.train": str(folder / "training.spacy"),
        "paths.dev": str(folder / "held_out.spacy"),
        "system.seed": seed,
        "training.max_steps": STEPS_MAX,
        "training.patience": PATIENCE,
        "training.eval_frequency": STEPS_BETWEEN_SCORES,
        "training.logger": {
            "@loggers": "spacy.ConsoleLogger.v3",
            "progress_bar": None,
            "console_output": False,
            "output_file": str(log),
        },
    }
    train(folder / "config.cfg", folder / "model", overrides=overrides)
    nlp = spacy.load(folder / "model" / "model-best")
    docs = nlp.pipe(Doc(nlp.vocab, words=sentence["words"]) for sentence in given["test"])
    found = [[[ent.start, ent.end, ent.label_] for ent in doc.ents] for doc in docs]
    scores = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    curve = [{"passes": line["epoch"], "f1": 100 * (line["score"] or 0)} for line in scores]
    (folder / "found.json").write_text(
        json.dumps({"version": spacy.__version__, "steps": scores[-1]["step"], "curve": curve, "sentences": found}),
        encoding="utf-8",
    )


main()
