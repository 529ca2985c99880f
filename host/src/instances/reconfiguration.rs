//! The configuration is read again, while the host runs: all of it takes effect, or nothing.

use super::built::discard;
use super::change::{Change, Objection};
use super::scope::Scope;
use super::{Instances, Known, names};
use crate::configuration::HostSettings;
use crate::journal::ConfigurationMark;
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
        self.reconfigure_with(&mut known).await
    }

    pub(super) async fn reconfigure_with(self: &Arc<Self>, known: &mut Known) -> Result<Change, Objection> {
        let wrong = |lines: Vec<String>| Objection { is_wrong_use: true, lines };
        let (plan, built) = self.plan(Scope::Everything).await?;
        if let Some(objection) = plan.objection() {
            discard(built);
            return Err(objection);
        }
        let now = names(&plan.configuration);
        let ending: Vec<String> =
            known.configured.iter().filter(|name| !now.contains(name)).cloned().collect();
        let limits = &plan.configuration.limits;
        let changed = self.hand_over(built, &ending, &now, Some(limits)).await.map_err(wrong)?;
        self.there_mut().rejected = plan.rejected();
        self.directories.send_replace(plan.directories().to_vec());
        known.configured = now;
        known.waiting.retain(|file| !plan.brings(file));
        let mut notes = notes(&known.host, &plan.configuration.host);
        if known.limits != *limits {
            known.limits = limits.clone();
            notes.insert(0, "there are other limits now: `chaos-kitty status` shows them".to_owned());
        }
        if known.journal != plan.configuration.journal {
            notes.push("[journal] needs a restart: the host goes on with the one that it writes".to_owned());
        }
        let configuration = ConfigurationMark::of(&plan.configuration);
        Ok(Change { configuration, limits: Some(limits.clone()), ..self.told(changed, notes) })
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
