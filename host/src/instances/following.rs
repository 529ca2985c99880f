//! A plugin's file has come, was replaced, or has gone: `serve --watch`.

use super::bedrock::Bedrock;
use super::change::{Change, Objection};
use super::entry::Entry;
use super::rejected::Rejected;
use super::scope::Scope;
use super::{Instances, Known};
use crate::journal::{Hand, Record, Steering};
use crate::plugin::Library;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{info, warn};

impl Instances {
    /// A file is there, whole: it is loaded where an instance wants its operation, and no directory before its own offers
    /// the same.
    pub(crate) async fn follow(self: &Arc<Self>, file: &Path) {
        let mut known = self.begin().await;
        // The configuration may have been waiting for it.
        if self.follow_one(&mut known, file).await && self.is_configuration_waiting(&known) {
            self.read_again(&mut known).await;
        }
    }

    /// Whether a file is the one that was taken last for its operation, byte by byte, and nothing is wrong with it.
    pub(crate) async fn is_as_before(&self, file: &Path) -> bool {
        if self.there().rejected.iter().any(|row| is_same(&row.file, file)) {
            return false;
        }
        let (shelf, file) = (Arc::clone(&self.shelf), file.to_owned());
        tokio::task::spawn_blocking(move || shelf.is_last(&file)).await.unwrap_or(false)
    }

    /// Answers whether it was brought in.
    async fn follow_one(self: &Arc<Self>, known: &mut Known, file: &Path) -> bool {
        known.waiting.remove(file);
        let shown = file.display();
        let (path, sources) = (file.to_owned(), self.sources.clone());
        let look = move || Library::inspect(&path).map(|manifest| (manifest, sources.read().0));
        let inspected = tokio::task::spawn_blocking(look).await;
        // What is not even a plugin goes the same way: it is named as rejected.
        if let Ok(Ok((manifest, configuration))) = inspected {
            let name = &manifest.name;
            let running = self.there().entries.iter().find(|entry| entry.manifest.name == *name).cloned();
            let configured = configuration.instances.iter().any(|one| one.operation == *name);
            match running {
                Some(entry) if !self.precedes(file, &entry.manifest.file) => {
                    let other = entry.manifest.file.display();
                    info!("plugin {shown}: not used, since {name} is there already, from {other}");
                    return false;
                }
                None if !configured => {
                    let advice = format!("chaos-kitty operations load {shown} runs it");
                    info!("plugin {shown}: no instance asks for {name}: {advice}");
                    return false;
                }
                _ => {}
            }
        } else if let Ok(Err(rejection)) = &inspected
            && !rejection.is_plugin()
        {
            info!("plugin {shown}: not used: {}", rejection.reason());
            return false;
        }
        let brought = self.bring(known, Scope::File(file.to_owned())).await;
        if brought.as_ref().is_err_and(|objection| objection.is_wrong_use) {
            known.waiting.insert(file.to_owned());
        }
        self.tell("load", file, &brought);
        brought.is_ok()
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
        let mut known = self.begin().await;
        if self.read_again(&mut known).await {
            // These may have been waiting for it.
            for file in known.waiting.clone() {
                self.follow_one(&mut known, &file).await;
            }
        }
    }

    /// Answers whether it was taken.
    async fn read_again(self: &Arc<Self>, known: &mut Known) -> bool {
        let configuration = self.sources.configuration.clone();
        let mut change = self.reconfigure_with(known).await;
        match &mut change {
            Ok(change) => {
                known.waiting.retain(|file| Some(file) != configuration.as_ref());
                let (changed, untouched) = (change.instances.len(), change.untouched);
                info!("the configuration was read again: {changed} changed, {untouched} untouched");
            }
            Err(objection) => {
                known.waiting.extend(configuration.clone());
                objection.lines.push("the configuration is wrong, and nothing has changed".to_owned());
            }
        }
        self.tell("reconfigure", configuration.as_deref().unwrap_or(Path::new("")), &change);
        change.is_ok()
    }

    /// Nobody asked over the socket: log and journal say what was done.
    fn tell(&self, what: &str, file: &Path, change: &Result<Change, Objection>) {
        let Bedrock { gate, run, .. } = &*self.bedrock;
        let steering = Steering::done(run, Hand::Host, what, &file.display().to_string());
        gate.journal().write(Record::Steering(steering.with(change)));
        match change {
            Ok(change) => change.notes.iter().for_each(|note| warn!("{note}")),
            Err(objection) => objection.lines.iter().for_each(|line| warn!("{line}")),
        }
    }

    fn is_configuration_waiting(&self, known: &Known) -> bool {
        self.sources.configuration.as_ref().is_some_and(|file| known.waiting.contains(file))
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
