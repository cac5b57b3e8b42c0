"""Makes seqeval.json: gold and predicted IOB2 sequences, and the figures that seqeval gives them.

pip install seqeval==1.2.2
python seqeval_figures.py > seqeval.json
"""

import json
import random
from importlib.metadata import version

from seqeval.metrics import classification_report

TYPES = ["Drug", "AdverseEffect", "Dose"]
TAGS = ["O"] + [f"{prefix}-{name}" for name in TYPES for prefix in "BI"]
rng = random.Random(20240611)


def well_formed(length):
    tags = []
    while len(tags) < length:
        if rng.random() < 0.55:
            tags.append("O")
            continue
        name = rng.choice(TYPES)
        tags += [f"B-{name}"] + [f"I-{name}"] * rng.randint(0, 3)
    return tags[:length]


def with_errors(gold):
    tags = list(gold)
    for at in range(len(tags)):
        chance = rng.random()
        if chance < 0.10:
            tags[at] = "O"
        elif chance < 0.18:
            tags[at] = rng.choice(TAGS)
        elif chance < 0.24 and tags[at] != "O":
            tags[at] = ("I" if tags[at][0] == "B" else "B") + tags[at][1:]
    return tags


def sequences():
    made = []
    for number in range(60):
        gold = well_formed(rng.randint(1, 18))
        if number % 6 == 5:
            gold = [rng.choice(TAGS) for _ in gold]
        predicted = with_errors(gold) if number % 10 else [rng.choice(TAGS) for _ in gold]
        made.append({"gold": gold, "predicted": predicted})
    return made + [
        {"gold": ["O", "O"], "predicted": ["O", "O"]},
        {"gold": ["I-Drug", "I-Drug"], "predicted": ["B-Drug", "I-Drug"]},
        {"gold": ["B-Drug", "I-Dose", "O"], "predicted": ["B-Drug", "B-Dose", "I-Drug"]},
        {"gold": ["B-Drug", "B-Drug"], "predicted": ["B-Drug", "I-Drug"]},
        {"gold": ["O", "I-AdverseEffect"], "predicted": ["O", "O"]},
    ]


def figures(sentences):
    gold = [sentence["gold"] for sentence in sentences]
    predicted = [sentence["predicted"] for sentence in sentences]
    report = classification_report(gold, predicted, output_dict=True, zero_division=0)

    def row(name):
        found = report[name]
        return {
            "precision": float(found["precision"]),
            "recall": float(found["recall"]),
            "f1": float(found["f1-score"]),
            "support": int(found["support"]),
        }

    return {"micro": row("micro avg"), "by_label": {name: row(name) for name in TYPES if name in report}}


def main():
    sentences = sequences()
    nothing_predicted = [{**s, "predicted": ["O"] * len(s["gold"])} for s in sentences[:5]]
    nothing_to_find = [{**s, "gold": ["O"] * len(s["gold"])} for s in sentences[5:10]]
    sets = {
        "all": sentences,
        "first ten": sentences[:10],
        "last five": sentences[-5:],
        "nothing predicted": nothing_predicted,
        "nothing to find": nothing_to_find,
    }
    note = (
        f"Strict figures of seqeval {version('seqeval')} in its default (tolerant) mode: classification_report(gold, "
        "predicted, output_dict=True, zero_division=0). Many sequences hold I- tags that no B- stands before. "
        "Made by seqeval_figures.py."
    )
    print("{" + f'"note": {json.dumps(note)},\n"types": {json.dumps(TYPES)},\n"sets": [')
    for number, (name, part) in enumerate(sets.items()):
        rows = ",\n".join(json.dumps(sentence) for sentence in part)
        print(f'{{"name": {json.dumps(name)},\n"figures": {json.dumps(figures(part))},\n"sentences": [\n{rows}', end="")
        print("\n]}" + ("," if number + 1 < len(sets) else ""))
    print("]}")


main()
