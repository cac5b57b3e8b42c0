//! The page's TypeScript declarations are those of the Rust types.

use std::path::PathBuf;

use fedner_interface::declarations;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../www/types/engine_objects.d.ts")
}

#[test]
fn the_declarations_in_the_repository_are_those_of_the_rust_types() {
    let committed = std::fs::read_to_string(file()).expect("the declarations are part of the repository");
    assert!(
        committed == declarations(),
        "{} is not what the Rust types say. Write it anew:\n\
         cargo test -p fedner-interface --test typescript -- --ignored write",
        file().display()
    );
}

#[test]
#[ignore = "it writes the declarations"]
fn write() {
    std::fs::write(file(), declarations()).expect("the folder can be written to");
}
