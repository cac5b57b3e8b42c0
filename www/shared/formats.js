// The file formats, so that nothing is loaded before the first file. Generated from the Rust types; don't edit it.

/** @type {Fedner.FormatInfo[]} */
export const FORMATS = [
  {"name":"text","title":"Plain text","extensions":[".txt"],"writes":true},
  {"name":"conll","title":"CoNLL","extensions":[".conll",".iob",".iob2",".bio",".bioes",".tsv",".conllu"],"writes":true},
  {"name":"brat","title":"brat standoff","extensions":[".ann",".txt"],"writes":true},
  {"name":"doccano","title":"doccano JSONL","extensions":[".jsonl",".json"],"writes":true},
  {"name":"label-studio","title":"Label Studio JSON","extensions":[".json"],"writes":true},
  {"name":"spacy","title":"spaCy JSONL","extensions":[".jsonl",".json"],"writes":true},
  {"name":"bioc-xml","title":"BioC XML","extensions":[".xml",".bioc"],"writes":true},
  {"name":"bioc-json","title":"BioC JSON","extensions":[".json"],"writes":true},
  {"name":"pubtator","title":"PubTator","extensions":[".pubtator",".txt"],"writes":true},
  {"name":"pubannotation","title":"PubAnnotation JSON","extensions":[".json"],"writes":true},
  {"name":"bionlp","title":"BioNLP standoff","extensions":[".a1",".a2",".txt"],"writes":false},
  {"name":"i2b2","title":"i2b2 concepts","extensions":[".con",".txt"],"writes":false},
  {"name":"webanno-tsv","title":"WebAnno TSV 3","extensions":[".tsv"],"writes":false},
  {"name":"table","title":"Table (CSV, TSV)","extensions":[".csv",".tsv"],"writes":false},
];
