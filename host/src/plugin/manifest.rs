//! What a plugin says about itself.

use std::path::{Path, PathBuf};

use chaos_kitty_abi::{VERSION, manifest};

use super::Rejection;

/// Read from the file's own section, without loading it. A key that this host does not know is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The operation's name, by which configuration refers to it.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// A few words on what it does.
    pub description: String,
    /// The version of the ABI that it was built against.
    pub abi: String,
    /// The version of the SDK that it was built with; empty for one built without.
    pub sdk: String,
    /// Where it lies.
    pub file: PathBuf,
}

impl Manifest {
    /// Reads the section and compares ABI versions, of which the first numbers must agree.
    pub(super) fn read(section: &[u8], file: &Path) -> Result<Self, Rejection> {
        let pairs = manifest::unpack(section);
        let text = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        let damaged = |what| Rejection::new(file, format!("its manifest has no {what}: build it again"));
        let manifest = Self {
            name: text("name")
                .filter(|name| Self::is_name(name))
                .ok_or_else(|| damaged("name that can be read"))?,
            version: text("version").unwrap_or_default(),
            description: text("description").unwrap_or_default(),
            abi: text("abi").ok_or_else(|| damaged("ABI version"))?,
            sdk: text("sdk").unwrap_or_default(),
            file: file.to_owned(),
        };
        let major = |version: &str| version.split('.').next().and_then(|number| number.parse::<u64>().ok());
        match (major(&manifest.abi), major(VERSION)) {
            (Some(theirs), Some(ours)) if theirs == ours => Ok(manifest),
            (Some(theirs), Some(ours)) => {
                let advice = if theirs < ours {
                    "rebuild it with a newer chaos-kitty-plugin"
                } else {
                    "update this host"
                };
                let Self { name, abi, .. } = manifest;
                let reason = format!("{name} speaks ABI {abi}, this host speaks {VERSION}: {advice}");
                Err(Rejection::new(file, reason).of(&name))
            }
            _ => Err(damaged("ABI version that can be read")),
        }
    }

    /// Whether an operation may have this name: what Cargo takes as the name of a package.
    pub fn is_name(text: &str) -> bool {
        (1..=64).contains(&text.len())
            && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &[u8]) -> Result<Manifest, String> {
        Manifest::read(section, Path::new("liby.so")).map_err(|rejection| rejection.to_string())
    }

    #[test]
    fn a_minor_version_and_unknown_keys_do_not_matter() {
        let manifest = read(b"colour\0red\0abi\x001.99.0\0name\0y\0").unwrap();
        assert_eq!((&*manifest.name, &*manifest.abi), ("y", "1.99.0"));
    }

    #[test]
    fn another_major_version_says_both_and_what_to_do() {
        assert_eq!(
            read(b"abi\x002.3.0\0name\0y\0").unwrap_err(),
            format!("plugin liby.so: y speaks ABI 2.3.0, this host speaks {VERSION}: update this host")
        );
        assert!(
            read(b"abi\x000.9.0\0name\0y\0")
                .unwrap_err()
                .ends_with("rebuild it with a newer chaos-kitty-plugin")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(read(b"name\0y\0").unwrap_err().contains("no ABI version"));
        assert!(read(b"abi\0one\0name\0y\0").unwrap_err().contains("no ABI version that can be read"));
        for name in ["", "name\0\0", "name\0a b\0", "name\0../y\0", "name\0\x1b[2J\0"] {
            let line = read(format!("abi\x001.0.0\0{name}").as_bytes()).unwrap_err();
            assert!(line.contains("no name that can be read"), "{line}");
        }
    }
}
