//! The command as people run it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const CONLL: &str = "#doc a\nNo\tO\naspirin\tB-Drug\n\n#doc b\nPain\tB-ADR\nbad\tX\n";

fn convert(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the command runs")
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedner-site"));
    command.current_dir(folder).arg("convert").args(arguments);
    command
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("in.conll"), CONLL).expect("a file");
    folder
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn counts_and_problems_go_to_standard_error() {
    let folder = folder();
    let output = convert(folder.path(), &["in.conll", "-", "--to", "doccano"]);
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.contains(r#""label":[[3,10,"Drug"]]"#), "{lines}");
    let message = stderr(&output);
    assert!(message.contains("in.conll: CoNLL (IOB2): 2 documents, 2 entities"), "{message}");
    assert!(message.contains("in.conll:7: the tag \"X\""), "{message}");
    assert!(message.contains("read: 2 documents, 2 entities, 1 problem"), "{message}");
}

#[test]
fn standard_input_to_a_file_by_its_ending() {
    let folder = folder();
    let mut child = command(folder.path(), &["-", "out.pubtator", "--from", "conll"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    child.stdin.take().expect("a pipe").write_all(CONLL.as_bytes()).expect("the command reads");
    assert!(child.wait().expect("the command ends").success());
    let written = fs::read_to_string(folder.path().join("out.pubtator")).expect("a file");
    assert!(written.starts_with("a|t|No aspirin\na|a|\na\t3\t10\taspirin\tDrug\t-\n"), "{written}");
}

#[test]
fn folders_archives_and_back() {
    let folder = folder();
    for arguments in
        [["in.conll", "ward/", "--to=brat"], ["ward", "ward.zip", "--to=brat"], ["ward.zip", "out.conll", "-tconll"]]
    {
        let output = convert(folder.path(), &arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(folder.path().join("ward/a.ann")).expect("a file"), "T1\tDrug 3 10\taspirin\n");
    let back = fs::read_to_string(folder.path().join("out.conll")).expect("a file");
    assert_eq!(back, "#doc a\nNo\tO\naspirin\tB-Drug\n\n#doc b\nPain\tB-ADR\nbad\tO\n\n");
}

#[test]
fn nothing_is_overwritten_without_force() {
    let folder = folder();
    let there = folder.path().join("there.jsonl");
    fs::write(&there, "mine").expect("a file");
    fs::create_dir(folder.path().join("ward")).expect("a folder");
    fs::write(folder.path().join("ward/b.txt"), "mine").expect("a file");
    for arguments in [["in.conll", "there.jsonl", "--to=spacy"], ["in.conll", "ward", "--to=brat"]] {
        let output = convert(folder.path(), &arguments);
        assert!(!output.status.success());
        assert!(stderr(&output).contains("use --force to overwrite"), "{}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(&there).expect("a file"), "mine");
    assert!(!folder.path().join("ward/a.txt").exists(), "not even a part is written");
    assert!(convert(folder.path(), &["in.conll", "there.jsonl", "--to=spacy", "--force"]).status.success());
    assert!(fs::read_to_string(&there).expect("a file").contains("aspirin"));
}

#[test]
fn what_cannot_be_done_fails_and_says_so() {
    let folder = folder();
    fs::write(folder.path().join("empty.txt"), " ").expect("a file");
    for (arguments, message) in [
        (vec!["empty.txt", "-", "--to=spacy"], "empty.txt is empty"),
        (vec!["none.txt", "-", "--to=spacy"], "can't open none.txt"),
        (vec!["in.conll", "-"], "say with --to which format"),
        (vec!["in.conll", "out.json"], "say with --to which format"),
        (vec!["in.conll", "-", "--to=brat"], "name a folder or a .zip"),
        (vec!["in.conll", "-", "--to=word"], "there is no format \"word\"; the formats are text, conll, brat"),
        (vec!["in.conll"], "required arguments were not provided"),
        (vec!["a", "b", "c"], "unexpected argument"),
    ] {
        let output = convert(folder.path(), &arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(stderr(&output).contains(message), "{arguments:?}: {}", stderr(&output));
    }
    let help = convert(folder.path(), &["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("bioc-xml      BioC XML            xml"));
}
