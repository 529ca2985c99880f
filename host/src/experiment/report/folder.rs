//! Where the report goes: three files in a directory.

use super::{Report, junit, page};
use std::io;
use std::path::{Path, PathBuf};

/// A directory that can be written to.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    is_new: bool,
}

impl Folder {
    /// Makes it where it is not there, and tries whether it can be written to.
    ///
    /// # Errors
    /// It cannot, and why.
    pub fn prepare(path: &Path) -> Result<Self, String> {
        let is_new = !path.exists();
        let trial = || {
            std::fs::create_dir_all(path)?;
            // A file of our own kind, as the report's are going to be.
            tempfile::NamedTempFile::new_in(path).map(drop)
        };
        match trial() {
            Ok(()) => Ok(Self { path: path.to_owned(), is_new }),
            Err(error) => Err(format!(
                "the report cannot be written to {}: {error}: name another directory with --report",
                path.display()
            )),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// There is going to be no report: a directory that was made for it goes.
    pub fn forsake(&self) {
        if self.is_new {
            // Whoever put something there meanwhile keeps it.
            let _ = std::fs::remove_dir(&self.path);
        }
    }

    /// Writes `report.json`, `junit.xml` and `report.html`. One that is there already is replaced when the new one is whole.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, report: &Report) -> io::Result<()> {
        let json = serde_json::to_string_pretty(report)? + "\n";
        self.put("report.json", json.as_bytes())?;
        self.put("junit.xml", &junit::write(report)?)?;
        self.put("report.html", page::write(report).as_bytes())
    }

    fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::PermissionsExt;
        // A report is for others too: what may read it is the directory's to say.
        let readable = std::fs::Permissions::from_mode(0o644);
        let mut file = tempfile::Builder::new().permissions(readable).tempfile_in(&self.path)?;
        file.write_all(content)?;
        file.persist(self.path.join(name)).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_cannot_be_written_to_is_told_before() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let why = Folder::prepare(&file.join("report")).unwrap_err();
        assert!(why.contains("--report"), "{why}");
        let folder = Folder::prepare(&directory.path().join("a/b")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
