"""Makes kappa.json: two annotators' entities over documents of words, and the figures that scikit-learn gives them.

pip install scikit-learn==1.9.1
python kappa_figures.py > kappa.json
"""

import json
import math
import random
from importlib.metadata import version

from sklearn.metrics import cohen_kappa_score

LABELS = ["AdverseEffect", "Dose", "Drug"]
rng = random.Random(20240612)


def annotate(words):
    """Entities that don't overlap, as (first word, word after the last, label)."""
    spans, at = [], 0
    while at < words:
        at += rng.randint(1, 6)
        end = min(words, at + rng.randint(1, 3))
        if at < end:
            spans.append((at, end, rng.choice(LABELS)))
        at = end
    return spans


def disturb(spans, words):
    """What a second annotator might have made of the same document."""
    other = []
    for first, end, label in spans:
        chance = rng.random()
        if chance < 0.15:
            continue
        if chance < 0.3:
            label = rng.choice(LABELS)
        elif chance < 0.4 and end - first > 1:
            end -= 1
        other.append((first, end, label))
    return other


def classes(spans, words):
    of = ["O"] * words
    for first, end, label in spans:
        of[first:end] = [label] * (end - first)
    return of


def figure(value):
    return None if math.isnan(value) else float(value)


def case(documents, labels):
    a = [token for words, one, _ in documents for token in classes(one, words)]
    b = [token for words, _, other in documents for token in classes(other, words)]
    kappa = {label: [[token == label for token in side] for side in (a, b)] for label in labels}
    return {
        "documents": [{"words": words, "a": one, "b": other} for words, one, other in documents],
        "kappa": figure(cohen_kappa_score(a, b)),
        "by_label": {label: figure(cohen_kappa_score(*sides)) for label, sides in kappa.items()},
    }


def random_case(count):
    documents = []
    for _ in range(count):
        words = rng.randint(1, 40)
        one = annotate(words)
        documents.append((words, one, disturb(one, words)))
    labels = sorted({label for _, one, other in documents for _, _, label in one + other})
    return case(documents, labels)


cases = [random_case(count) for count in (1, 2, 5, 10, 20)]
everything = [(0, 4, "Drug")]
cases.append(case([(4, everything, everything)], ["Drug"]))
cases.append(case([(4, everything, [])], ["Drug"]))
print(json.dumps({"scikit-learn": version("scikit-learn"), "cases": cases}))
