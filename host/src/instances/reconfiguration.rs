//! The configuration is read again, while the host runs: all of it takes effect, or nothing.

use super::change::{Change, Objection};
use super::loading::order;
use super::plan::Standing;
use super::{Instances, Known, Plan};
use crate::configuration::HostSettings;
use std::sync::Arc;

impl Instances {
    /// Reads the configuration again, and builds what it wants that is not there. Then instances whose settings are the same
    /// go on untouched, changed ones are handed over, new ones begin, and those that it names no more end. What an operator
    /// has loaded beside it stays.
    ///
    /// # Errors
    /// Everything that is wrong, and then nothing has changed.
    pub async fn reconfigure(self: &Arc<Self>) -> Result<Change, Objection> {
        let mut known = self.begin().await;
        let standing = Standing { instances: self.running(), libraries: known.libraries.clone() };
        let (sources, private, bedrock) =
            (self.sources.clone(), Arc::clone(&self.private), Arc::clone(&self.bedrock));
        let planned = tokio::task::spawn_blocking(move || {
            let mut plan = Plan::read_beside(&sources, private, standing);
            let built = plan.build(&bedrock);
            (plan, built)
        });
        let failed = |line: String| Objection { is_wrong_use: true, lines: vec![line] };
        let (plan, built) = planned.await.map_err(|error| failed(error.to_string()))?;
        let wrong = [plan.problems(), plan.hindrances()].concat();
        if !wrong.is_empty() {
            return Err(Objection { is_wrong_use: true, lines: wrong });
        }
        let (before, now) = (order(&known.configuration), order(&plan.configuration));
        let ending: Vec<String> = before.into_iter().filter(|name| !now.contains(name)).collect();
        let changed = self.hand_over(built, &ending, &now).await;
        let changed = changed.map_err(|lines| Objection { is_wrong_use: true, lines })?;
        let notes = notes(&known.configuration.host, &plan.configuration.host);
        self.there_mut().rejected = plan.rejected();
        self.directories.send_replace(plan.directories().to_vec());
        let (configuration, libraries) = plan.into_libraries();
        // What the host itself runs with is what it was started with.
        let host =
            HostSettings { plugins: configuration.host.plugins.clone(), ..known.configuration.host.clone() };
        let configuration = crate::configuration::Configuration { host, ..configuration };
        *known = Known { configuration, libraries };
        Ok(self.told(changed, notes))
    }
}

/// What of the host's own settings takes effect at the next start only.
fn notes(before: &HostSettings, now: &HostSettings) -> Vec<String> {
    let mut keys = Vec::new();
    let mut look = |key: &str, same: bool| {
        if !same {
            keys.push(format!("`{key}`"));
        }
    };
    let HostSettings { socket, plugins: _, seed, strict, paused, dry_run, strict_identity, other_users } =
        before;
    look("socket", *socket == now.socket);
    look("seed", *seed == now.seed);
    look("strict", *strict == now.strict);
    look("paused", *paused == now.paused);
    look("dry_run", *dry_run == now.dry_run);
    look("strict_identity", *strict_identity == now.strict_identity);
    look("other_users", *other_users == now.other_users);
    match keys.as_slice() {
        [] => Vec::new(),
        keys => vec![format!(
            "[host] {} needs a restart: the host goes on with what it was started with",
            keys.join(", ")
        )],
    }
}
