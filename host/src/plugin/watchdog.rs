//! Names an instance that does not come back from a poll.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::PATIENCE;
use super::life::Life;

/// How often it looks while a poll is under way; otherwise it sleeps. A poll is therefore named after [`PATIENCE`] and at
/// most this much more.
const STEP: Duration = Duration::from_millis(250);

/// Watches until the instance's life is over. Each poll that hogs is named once.
pub(super) fn start(life: &Arc<Life>, handle: &Handle) {
    handle.spawn(watch(Arc::downgrade(life), life.entered()));
}

async fn watch(life: Weak<Life>, entered: Arc<Notify>) {
    let mut seen = 0;
    let mut since = Instant::now();
    loop {
        let Some(life) = life.upgrade().filter(|life| !life.is_over()) else { return };
        let polls = life.polls();
        if polls != seen || polls % 2 == 0 {
            if life.set_stuck(None) {
                tracing::info!(instance = life.name(), "came back to its thread");
            }
            (seen, since) = (polls, Instant::now());
        } else if since.elapsed() >= PATIENCE {
            let why =
                format!("its run has kept its thread for {} s without awaiting anything", PATIENCE.as_secs());
            if life.set_stuck(Some(why.clone())) {
                let name = life.name();
                tracing::warn!(
                    instance = name,
                    "stuck: {why}; it harms no other (chaos-kitty operations reload {name} replaces it)"
                );
            }
        }
        let asleep = polls % 2 == 0 && life.unwatch();
        drop(life);
        if asleep {
            entered.notified().await;
        } else {
            tokio::time::sleep(STEP).await;
        }
    }
}
