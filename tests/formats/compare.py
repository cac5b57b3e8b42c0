"""Reads what fedner-site convert writes with the programs that people use, and compares texts and entities with the source.

    compare.py SITE DATA WORK

SITE is the fedner-site program, DATA the folder of corpora, WORK a folder to write in. The sources are read here
by own small readers, apart from the code under test.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import bconv
import bioc
import spacy
from bioc import biocjson, biocxml, pubtator
from pybrat.parser import BratParser
from seqeval.metrics.sequence_labeling import get_entities
from spacy.tokens import DocBin

CORPORA = ["ade", "psytar", "twimed", "bc5cdr", "ncbi-disease", "maccrobat", "anatem"]


def read_brat(folder):
    """Entities from the first character to the last, as (start, end, type)."""
    documents = {}
    for path in sorted(folder.glob("*.txt")):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        spans = set()
        for line in path.with_suffix(".ann").read_text(encoding="utf-8").split("\n"):
            found = re.match(r"T\d+\t(\S+) ([\d ;]+)(\t|$)", line)
            if found:
                places = [int(number) for number in re.findall(r"\d+", found[2])]
                spans.add((min(places), max(places), found[1]))
        documents[path.stem] = (text, spans)
    return documents


def read_pubtator(path):
    documents = {}
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        lines = block.split("\n")
        key = lines[0].split("|")[0]
        text = lines[0].split("|", 2)[2] + "\n" + lines[1].split("|", 2)[2]
        columns = [line.split("\t") for line in lines[2:]]
        spans = {(int(c[1]), int(c[2]), c[4]) for c in columns if len(c) > 4 and c[1].isdigit()}
        documents[key] = (text, spans)
    return documents


def read_conll(path):
    """Tags by document and sentence, and each entity's words without the spaces between."""
    documents = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("#doc"):
            documents.append([[]])
        elif "\t" in line:
            documents[-1][-1].append(tuple(line.split("\t")))
        elif documents and documents[-1][-1]:
            documents[-1].append([])
    entities = []
    for number, document in enumerate(documents):
        for sentence in document:
            for kind, first, last in get_entities([tag for _, tag in sentence]):
                entities.append((number, kind, "".join(token for token, _ in sentence[first : last + 1])))
    words = ["".join(token for sentence in document for token, _ in sentence) for document in documents]
    return words, entities


def convert(program, source, target, form):
    """Converts; answers with the number of problems told."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [program, "convert", str(source), str(target), "--to", form, "--force"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return int(re.search(r"written: .*, (\d+) problem", done.stderr)[1])


def records(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def by_spacy(path):
    """Through Doc.char_span, span groups (entities overlap), DocBin and back."""
    nlp = spacy.blank("en")
    # A token a character, so that every entity has borders; the offsets are what is tested.
    packed = DocBin(store_user_data=True)
    for record in records(path):
        doc = spacy.tokens.Doc(nlp.vocab, words=list(record["text"]), spaces=[False] * len(record["text"]))
        doc.user_data["name"] = record["meta"]["name"]
        found = [doc.char_span(start, end, label=label) for start, end, label in record["entities"]]
        doc.spans["sc"] = [span for span in found if span is not None]
        packed.add(doc)
    found = {}
    for doc in DocBin().from_bytes(packed.to_bytes()).get_docs(nlp.vocab):
        found[doc.user_data["name"]] = (doc.text, {(s.start_char, s.end_char, s.label_) for s in doc.spans["sc"]})
    return found


def by_bioc(collection, count):
    """Offsets turned to code points where `count` says what a text's first characters come to."""
    found = {}
    for document in collection.documents:
        [passage] = document.passages
        at = {count(passage.text[:chars]): chars for chars in range(len(passage.text) + 1)}
        spans = set()
        for annotation in passage.annotations:
            [place] = annotation.locations
            start, end = at[place.offset], at[place.offset + place.length]
            assert passage.text[start:end] == annotation.text, (document.id, annotation)
            spans.add((start, end, annotation.infons["type"]))
        found[document.id] = (passage.text, spans)
    return found


def by_bconv(path, form, **options):
    """A second reader, which itself checks each entity's words against its offsets."""
    found = {}
    for document in bconv.load(str(path), fmt=form, **options):
        text = "".join(section.text for section in document)
        spans = set()
        for entity in document.iter_entities():
            spans.add((entity.start, entity.end, entity.metadata["type"]))
        found[document.id] = (text, spans)
    return found


def by_pubtator(path):
    found = {}
    with open(path, encoding="utf-8", newline="\n") as file:
        for document in pubtator.load(file):
            for a in document.annotations:
                assert document.text[int(a.start) : int(a.end)].split() == a.text.split(), (document.pmid, str(a))
            found[document.pmid] = (document.text, {(int(a.start), int(a.end), a.type) for a in document.annotations})
    return found


def by_pybrat(folder):
    found = {}
    # The source marks some words twice, which is an error to this reader; what it then leaves out would show.
    for example in BratParser(error="ignore").parse(str(folder)):
        spans = set()
        for entity in example.entities:
            words = " ".join(example.text[span.start : span.end] for span in entity.spans)
            assert words == entity.mention, (example.id, entity)
            spans.add((entity.spans[0].start, entity.spans[-1].end, entity.type))
        found[Path(example.id).name] = (example.text, spans)
    return found


def by_tasks(path):
    found = {}
    for task in json.loads(path.read_text(encoding="utf-8")):
        text, [annotation] = task["data"]["text"], task["annotations"]
        values = [region["value"] for region in annotation["result"]]
        assert all(text[v["start"] : v["end"]] == v["text"] for v in values), task["data"]["name"]
        found[task["data"]["name"]] = (text, {(v["start"], v["end"], v["labels"][0]) for v in values})
    return found


def by_triples(path):
    return {r["name"]: (r["text"], {tuple(span) for span in r["label"]}) for r in records(path)}


def plain(text):
    """PubTator's lines hold no line ends; bconv adds some between sections."""
    return text.replace("\n", " ").rstrip()


def compare(what, expected, found, same_text=lambda a, b: a == b):
    assert expected.keys() == found.keys(), (what, expected.keys() ^ found.keys())
    entities = 0
    for name, (text, spans) in expected.items():
        assert same_text(text, found[name][0]), (what, name, text, found[name][0])
        assert spans == found[name][1], (what, name, sorted(spans ^ found[name][1])[:5])
        entities += len(spans)
    print(f"  {what}: {len(expected)} documents, {entities} entities, all the same")


def raw(program, name, source, expected, work):
    print(f"{name}: {len(expected)} documents, {sum(len(s) for _, s in expected.values())} entities")
    out = work / name
    convert(program, source, out / "a.spacy.jsonl", "spacy")
    compare("spaCy (char_span, DocBin)", expected, by_spacy(out / "a.spacy.jsonl"))
    convert(program, source, out / "a.doccano.jsonl", "doccano")
    compare("doccano", expected, by_triples(out / "a.doccano.jsonl"))
    convert(program, source, out / "studio", "label-studio")
    compare("Label Studio", expected, by_tasks(out / "studio" / "notes-label-studio.json"))
    convert(program, source, out / "a.xml", "bioc-xml")
    with open(out / "a.xml", encoding="utf-8") as file:
        collection = biocxml.load(file)
    compare("bioc, BioC XML", expected, by_bioc(collection, lambda text: len(text.encode())))
    compare("bconv, BioC XML", expected, by_bconv(out / "a.xml", "bioc_xml", byte_offsets=True))
    convert(program, source, out / "a.bioc.json", "bioc-json")
    with open(out / "a.bioc.json", encoding="utf-8") as file:
        collection = biocjson.load(file)
    bioc.validate(collection)
    compare("bioc, BioC JSON", expected, by_bioc(collection, len))
    compare("bconv, BioC JSON", expected, by_bconv(out / "a.bioc.json", "bioc_json", byte_offsets=False))
    convert(program, source, out / "a.pubtator", "pubtator")
    same = lambda a, b: plain(a) == plain(b)
    compare("bioc, PubTator", expected, by_pubtator(out / "a.pubtator"), same)
    convert(program, source, out / "brat", "brat")
    compare("pybrat", expected, by_pybrat(out / "brat"))


def corpus(program, name, path, work):
    """CoNLL in and out: the words of each document and of each entity, as seqeval reads the tags."""
    before_words, before = read_conll(path)
    out = work / f"{name}.conll"
    problems = convert(program, path, out, "conll")
    words, after = read_conll(out)
    assert words == before_words, name
    missing, added = [e for e in before if e not in set(after)], [e for e in after if e not in set(before)]
    print(f"{name}: {len(before)} entities by seqeval, {len(after)} after; {len(missing)} missing, {len(added)} added; "
          f"{problems} problems told")
    assert not missing and not added and len(before) == len(after), (missing[:5], added[:5])
    # With spaCy's own tokens: how many entities have borders that it can learn.
    spacy_out = work / f"{name}.spacy.jsonl"
    convert(program, path, spacy_out, "spacy")
    nlp, aligned, total = spacy.blank("en"), 0, 0
    for record in records(spacy_out):
        doc = nlp.make_doc(record["text"])
        total += len(record["entities"])
        aligned += sum(doc.char_span(start, end) is not None for start, end, _ in record["entities"])
    print(f"  spaCy's tokenizer: {aligned} of {total} entities begin and end at its tokens")
    assert total == len(before)


def main():
    program, data, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    work.mkdir(parents=True, exist_ok=True)
    raw(program, "brat", data / "raw/brat", read_brat(data / "raw/brat"), work)
    [source] = (data / "raw/pubtator").iterdir()
    raw(program, "pubtator", source, read_pubtator(source), work)
    for name in CORPORA:
        corpus(program, name, data / name / "test.conll", work)


if __name__ == "__main__":
    main()
