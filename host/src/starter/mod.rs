//! The crate that `chaos-kitty new` writes: an operation that builds, passes its tests and strikes, with the SDK beside it.

mod name;
mod sdk;

pub use name::Name;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A crate for an operation of this name.
#[derive(Debug)]
pub struct Starter {
    name: Name,
}

const MANIFEST: &str = include_str!("manifest.toml");
const OPERATION: &str = include_str!("operation.rs");
const CONFIGURATION: &str = include_str!("chaos.toml");

impl Starter {
    /// For an operation of this name.
    pub fn new(name: Name) -> Self {
        Self { name }
    }

    /// The operation's name.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Paths in the crate, and what stands there.
    pub fn files(&self) -> Vec<(String, String)> {
        let own = |text: &str| self.name.put_into(text);
        let own = [
            (".gitignore", "/target\n/chaos_kitty.ipc*\n".to_owned()),
            ("Cargo.lock", sdk::lock(self.name())),
            ("Cargo.toml", own(MANIFEST)),
            ("chaos.toml", own(CONFIGURATION)),
            ("src/lib.rs", own(OPERATION)),
        ];
        let own = own.into_iter().map(|(path, text)| (path.to_owned(), text));
        own.chain(sdk::files().map(|(path, text)| (format!("sdk/{path}"), text.to_owned()))).collect()
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// What stood in the way, by path. A file that exists is left alone.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        for (path, text) in self.files() {
            let path = directory.join(path);
            let written = path.parent().map_or(Ok(()), fs::create_dir_all);
            let written = written.and_then(|()| File::create_new(&path)?.write_all(text.as_bytes()));
            written.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_checkout_or_of_the_template_is_left() {
        let files = Starter::new("tail-chase".parse().unwrap()).files();
        let file = |path: &str| &files.iter().find(|(known, _)| known == path).unwrap().1;
        assert!(file("src/lib.rs").contains("export_operation!(TailChase)"));
        assert!(file("Cargo.toml").contains("name = \"tail-chase\""));
        assert!(file("Cargo.lock").contains("name = \"tail-chase\""));
        for (path, text) in files.iter().filter(|(path, _)| !path.starts_with("sdk/core")) {
            for foreign in ["my-operation", "MyOperation", env!("CARGO_MANIFEST_DIR"), "tokio", "core/bus"] {
                assert!(!text.contains(foreign), "{path} names {foreign}");
            }
        }
    }
}
