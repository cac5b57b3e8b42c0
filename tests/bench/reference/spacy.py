"""spaCy's entity recogniser on the same text, on one thread: words a second.

Usage: spacy.py TEXT [--repeats N]

TEXT is what `training-bench --write-text` wrote. The pipeline is spaCy's default blank English one with a recogniser
that has the same number of entity types; its speed does not depend on what it has learned. Prints one line of JSON.
"""

import argparse
import json
import sys
import time

# This file has the package's name; without its folder on the path the package is found.
sys.path.pop(0)

import spacy  # noqa: E402

TYPES = 3
BATCH = 64


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("text")
    arguments.add_argument("--repeats", type=int, default=7)
    options = arguments.parse_args()
    with open(options.text, encoding="utf-8") as file:
        lines = file.read().splitlines()
    nlp = spacy.blank("en")
    recogniser = nlp.add_pipe("ner")
    for i in range(TYPES):
        recogniser.add_label(f"Type{i}")
    nlp.initialize()
    speeds = []
    for repeat in range(options.repeats + 1):
        begin = time.perf_counter()
        words = sum(len(doc) for doc in nlp.pipe(lines, batch_size=BATCH))
        if repeat > 0:
            speeds.append(words / (time.perf_counter() - begin))
    speeds.sort()
    spread = {"median": speeds[len(speeds) // 2], "least": speeds[0], "most": speeds[-1]}
    print(json.dumps({"unit": "words/s", "version": spacy.__version__, "prediction": spread}))


main()
