//! One test of a set of strikes: everything as it was, the probe holds, the strikes are made, and the probe fails or holds.

use super::reset::Reset;
use crate::host::{ListedVictim, Overview};
use crate::probe::Probe;
use crate::replay::{By, Obstacle, Part, Playing};
use chaos_kitty_bus::{Proxy, Request, from_value};
use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How long victims may take to come back, and the probe to hold, after a reset.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at who is there.
const LOOK: Duration = Duration::from_millis(50);
/// Between two questions of the probe's.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a host may take to answer a question about itself.
const ANSWER: Duration = Duration::from_secs(10);

/// What a test is made with.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What fails, or holds.
    pub probe: Probe,
    /// What is done before each test.
    pub reset: Option<Reset>,
    /// For how long after the last strike the probe is asked.
    pub settle: Duration,
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Why the probe failed; none where it held.
    pub failure: Option<String>,
    /// The strike that could not be made, where there is one: nothing was struck after it.
    pub obstacle: Option<Obstacle>,
}

impl Trial {
    /// Puts everything back to where a test begins.
    ///
    /// # Errors
    /// Why it could not be put back.
    pub async fn reset(&self) -> Result<(), String> {
        match &self.reset {
            Some(reset) => reset.run().await,
            None => Ok(()),
        }
    }

    /// Makes these strikes on the host, after a reset, until the probe fails or all are over. Effects under way are ended then.
    ///
    /// # Errors
    /// Why it could not begin, or not go on: what was not struck says nothing of the set.
    pub async fn strike(&self, chaos: &Proxy, parts: Vec<Part>) -> Result<Tried, String> {
        arrived(chaos, &parts).await?;
        self.holds().await?;
        let mut playing = Playing::start(chaos.clone(), parts);
        let mut failing = pin!(self.failing());
        let mut obstacle = None;
        let failure = loop {
            tokio::select! {
                failure = &mut failing => break Some(failure),
                struck = playing.struck() => match struck {
                    Ok(Some(_)) => {}
                    Ok(None) => break None,
                    Err(stopped) if !stopped.is_of_the_victim() => {
                        playing.end().await;
                        return Err(unmade(&stopped));
                    }
                    // Whom it was on may be gone because that is what the strikes do: the probe tells.
                    Err(stopped) => {
                        obstacle = Some(stopped);
                        break None;
                    }
                },
            }
        };
        playing.end().await;
        let failure = match failure {
            Some(failure) => Some(failure),
            None => self.after(failing).await,
        };
        Ok(Tried { failure, obstacle })
    }

    /// Why it fails after the strikes, if it does: it is asked until things have settled, and then once more.
    async fn after(&self, failing: Pin<&mut impl Future<Output = String>>) -> Option<String> {
        match timeout(self.settle, failing).await {
            Ok(failure) => Some(failure),
            Err(_) => self.probe.ask().await.failure,
        }
    }

    /// Asks again and again, until it fails.
    async fn failing(&self) -> String {
        loop {
            if let Some(failure) = self.probe.ask().await.failure {
                return failure;
            }
            sleep(PAUSE).await;
        }
    }

    /// Waits until the probe holds.
    async fn holds(&self) -> Result<(), String> {
        let mut last = String::new();
        let holding = async {
            while let Some(failure) = self.probe.ask().await.failure {
                last = failure;
                sleep(PAUSE).await;
            }
        };
        let in_time = timeout(PATIENCE, holding).await.is_ok();
        let advice = match self.reset {
            Some(_) => "see that --reset puts right what the strikes break",
            None => "give the command that puts things right with --reset",
        };
        if in_time { Ok(()) } else { Err(format!("the probe does not hold before a test: {last}: {advice}")) }
    }
}

/// A test that cannot be made to its end, and what to do.
fn unmade(stopped: &Obstacle) -> String {
    let advice = match stopped.by {
        By::Rule(rule) if rule.is_limit() => {
            format!(
                " (rule {rule}): take the limits out of the host's configuration, and `chaos-kitty reload`"
            )
        }
        By::Rule(rule) => format!(" (rule {rule})"),
        By::Victim | By::Call => String::new(),
    };
    format!("{stopped}{advice}; what is not struck says nothing of the probe, and so the search ends")
}

/// Waits until everybody is there whom these strikes are on, and nothing is under way from before.
async fn arrived(chaos: &Proxy, parts: &[Part]) -> Result<(), String> {
    let mut missing = None;
    let arriving = async {
        let mut before: Option<Vec<u64>> = None;
        loop {
            let answer =
                chaos.call(Request::new("victims"), ANSWER).await.map_err(|error| error.to_string())?;
            let victims: Vec<ListedVictim> = from_value(answer).map_err(|error| error.to_string())?;
            let answer =
                chaos.call(Request::new("overview"), ANSWER).await.map_err(|error| error.to_string())?;
            let host: Overview = from_value(answer).map_err(|error| error.to_string())?;
            missing = match parts.iter().find_map(|part| part.obstacle(&victims)) {
                Some(obstacle) => Some(obstacle.to_string()),
                None if host.active > 0 => Some(format!("effects are under way still ({})", host.active)),
                None => None,
            };
            // Who was ended by a reset may be on the list for a moment more.
            let there = victims.iter().map(|victim| victim.id).collect();
            if missing.is_none() && before.as_ref() == Some(&there) {
                return Ok(());
            }
            before = Some(there);
            sleep(LOOK).await;
        }
    };
    let arrived = timeout(PATIENCE, arriving).await;
    let waited = PATIENCE.as_secs();
    arrived.unwrap_or_else(|_| {
        let missing = missing.unwrap_or_else(|| "victims come and go".to_owned());
        Err(format!("{missing} (waited for {waited} s after the reset)"))
    })
}
