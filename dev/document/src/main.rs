//! Prints the document, for `cargo xtask openapi`.

#![expect(clippy::print_stdout, reason = "this is what it is for")]

fn main() {
    println!("{:#}", document::document());
}
