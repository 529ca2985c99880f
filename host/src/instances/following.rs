//! A plugin's file has come, was replaced, or has gone: `serve --watch`.

use super::Instances;
use super::change::{Change, Objection};
use super::entry::Entry;
use super::rejected::Rejected;
use crate::plugin::Library;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{info, warn};

impl Instances {
    /// A file is there, whole: it is loaded where an instance wants its operation, and no directory before its own offers
    /// the same.
    pub(crate) async fn follow(self: &Arc<Self>, file: &Path) {
        let mut known = self.known.lock().await;
        let shown = file.display();
        let path = file.to_owned();
        let inspected = tokio::task::spawn_blocking(move || Library::inspect(&path)).await;
        // What is not even a plugin goes the same way: it is named as rejected.
        if let Ok(Ok(manifest)) = inspected {
            let name = &manifest.name;
            let running = self.there().entries.iter().find(|entry| entry.manifest.name == *name).cloned();
            let configured = known.configuration.instances.iter().any(|one| one.operation == *name);
            match running {
                Some(entry) if !self.precedes(file, &entry.manifest.file) => {
                    let other = entry.manifest.file.display();
                    return info!("plugin {shown}: not used, since {name} is there already, from {other}");
                }
                None if !configured => {
                    let advice = format!("chaos-kitty operations load {shown} runs it");
                    return info!("plugin {shown}: no instance asks for {name}: {advice}");
                }
                _ => {}
            }
        } else if let Ok(Err(rejection)) = &inspected
            && !rejection.is_plugin()
        {
            return info!("plugin {shown}: not used: {}", rejection.reason());
        }
        tell(self.bring(&mut known, file, None).await);
    }

    /// A file has gone. What was loaded from it is a copy, and goes on; what was wrong with it is wrong no more.
    pub(crate) fn miss(&self, file: &Path) {
        self.pardon(file);
        let there = self.there();
        let from: Vec<&Entry> = there
            .entries
            .iter()
            .map(AsRef::as_ref)
            .filter(|entry| is_same(&entry.manifest.file, file))
            .collect();
        let Some(first) = from.first() else { return };
        let (shown, operation) = (file.display(), &first.manifest.name);
        let names: Vec<&str> = from.iter().map(|entry| entry.name()).collect();
        let (names, goes_on, it) = match names.as_slice() {
            [name] => ((*name).to_owned(), "goes on", "it"),
            names => (names.join(", "), "go on", "them"),
        };
        info!(
            "plugin {shown} has gone: {names} {goes_on} (chaos-kitty operations unload {operation} ends {it})"
        );
    }

    /// Nothing is wrong any more with a file or directory.
    pub(crate) fn pardon(&self, path: &Path) {
        let is_listed = |row: &Rejected| is_same(&row.file, path);
        if self.there().rejected.iter().any(is_listed) {
            self.there_mut().rejected.retain(|row| !is_listed(row));
        }
    }

    /// The configuration's file is there anew, or a signal asks for it.
    pub(crate) async fn follow_configuration(self: &Arc<Self>) {
        match self.reconfigure().await {
            Ok(change) => {
                let (changed, untouched) = (change.instances.len(), change.untouched);
                info!("the configuration was read again: {changed} changed, {untouched} untouched");
                tell(Ok(change));
            }
            Err(mut objection) => {
                objection.lines.push("the configuration is wrong, and nothing has changed".to_owned());
                tell(Err(objection));
            }
        }
    }

    /// Whether a file takes over from the one that is used: it is the same, or the other has gone, or its directory comes
    /// first.
    fn precedes(&self, file: &Path, used: &Path) -> bool {
        let directories = self.directories.borrow();
        let place = |file: &Path| {
            let own = place(file);
            directories.iter().position(|directory| own.parent() == directory.canonicalize().ok().as_deref())
        };
        let leads_to = |file: &Path| file.canonicalize().ok();
        let comes_first = match (place(file), place(used)) {
            (Some(new), Some(old)) => new < old,
            // It was loaded from elsewhere.
            _ => leads_to(file) == leads_to(used),
        };
        is_same(file, used) || !used.exists() || comes_first
    }
}

/// Whether two paths name the same entry of the same directory, whether it is there or not.
fn is_same(one: &Path, other: &Path) -> bool {
    one == other || place(one) == place(other)
}

/// A path without links and dots on the way to its last name.
fn place(file: &Path) -> PathBuf {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    match (whole.parent().and_then(|parent| parent.canonicalize().ok()), whole.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => whole,
    }
}

fn tell(change: Result<Change, Objection>) {
    match change {
        Ok(change) => change.notes.iter().for_each(|note| warn!("{note}")),
        Err(objection) => objection.lines.iter().for_each(|line| warn!("{line}")),
    }
}
