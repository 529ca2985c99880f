//! A plugin's file has come, was replaced, or has gone: `serve --watch`.

use super::Instances;
use super::change::{Change, Objection};
use crate::plugin::Library;
use std::path::Path;
use std::sync::Arc;
use tracing::{info, warn};

impl Instances {
    /// A file is there, whole: it is loaded where an instance wants its operation, and no directory before its own offers
    /// the same.
    pub(crate) async fn follow(self: &Arc<Self>, file: &Path) {
        let mut known = self.begin().await;
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

    /// A file has gone. What was loaded from it is a copy, and goes on.
    pub(crate) fn miss(&self, file: &Path) {
        let there = self.there();
        let from: Vec<&str> = there
            .entries
            .iter()
            .filter(|entry| entry.manifest.file == file)
            .map(|entry| entry.name())
            .collect();
        if !from.is_empty() {
            let (shown, names) = (file.display(), from.join(", "));
            info!("plugin {shown} has gone: {names} goes on (chaos-kitty operations unload {names} ends it)");
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

    /// Whether a file takes over from the one that is used: it is the same, or its directory comes first.
    fn precedes(&self, file: &Path, used: &Path) -> bool {
        let directories = self.directories.borrow();
        let place = |file: &Path| directories.iter().position(|directory| file.parent() == Some(directory));
        file == used || matches!((place(file), place(used)), (Some(new), Some(old)) if new < old)
    }
}

fn tell(change: Result<Change, Objection>) {
    match change {
        Ok(change) => change.notes.iter().for_each(|note| warn!("{note}")),
        Err(objection) => objection.lines.iter().for_each(|line| warn!("{line}")),
    }
}
