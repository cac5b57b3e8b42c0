//! What the page is told of the Rust types: declarations for its type checker, and the list of file formats.

use std::path::PathBuf;

use fedner_interface::{declarations, formats};

/// The files and what must be in them.
fn files() -> [(PathBuf, String); 2] {
    let www = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../www");
    [(www.join("types/engine_objects.d.ts"), declarations()), (www.join("shared/formats.js"), formats())]
}

#[test]
fn the_files_in_the_repository_are_those_of_the_rust_types() {
    for (file, expected) in files() {
        let committed = std::fs::read_to_string(&file).expect("the file is part of the repository");
        assert!(
            committed == expected,
            "{} is not what the Rust types say. Write it anew:\n\
             cargo test -p fedner-interface --test typescript -- --ignored write",
            file.display()
        );
    }
}

#[test]
#[ignore = "it writes the files"]
fn write() {
    for (file, expected) in files() {
        std::fs::write(file, expected).expect("the folder can be written to");
    }
}
