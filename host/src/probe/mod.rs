//! Probes: whether something is as it should be, asked from outside. A probe changes nothing, and is never silent: what does
//! not answer in time has failed, and says so.

mod command;
mod http;
mod method;
mod result;
mod tcp;

pub use command::CommandLine;
pub use http::Http;
pub use method::Method;
pub use result::ProbeResult;
pub use tcp::Tcp;

use crate::gate::Gate;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// How long a probe that was written as a text waits for its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One question, and what counts as an answer to it.
#[derive(Debug, Clone)]
pub struct Probe {
    /// What is asked.
    pub question: Question,
    /// How long the answer may take; after that there is none, which is a failure.
    pub timeout: Duration,
    /// The slowest answer that is not a failure; none where any answer in time will do.
    pub slowest: Option<Duration>,
}

/// What a probe asks.
#[derive(Debug, Clone)]
pub enum Question {
    /// A page.
    Http(Http),
    /// Whether somebody listens.
    Tcp(Tcp),
    /// A program, by its exit status.
    Command(CommandLine),
    /// A victim, by one of its own methods.
    Method(Method),
}

impl Probe {
    /// Reads `http://…`, `https://…` or `tcp://HOST:PORT`; anything else is a command line for `sh -c`. It has 10 seconds for
    /// its answer.
    ///
    /// # Errors
    /// What is wrong with it, for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let question = if text.starts_with("http://") || text.starts_with("https://") {
            Question::Http(Http::get(text)?)
        } else if let Some(address) = text.strip_prefix("tcp://") {
            Question::Tcp(Tcp::to(address)?)
        } else if text.is_empty() {
            return Err("a probe is a URL, tcp://HOST:PORT, or a command line".to_owned());
        } else {
            Question::Command(CommandLine::shell(text))
        };
        Ok(Self { question, timeout: PATIENCE, slowest: None })
    }

    /// The same probe on this host, through whose gate it reaches a victim.
    #[must_use]
    pub fn through(mut self, gate: &Arc<Gate>) -> Self {
        if let Question::Method(method) = &mut self.question {
            method.gate = Some(Arc::clone(gate));
        }
        self
    }

    /// Asks once; within the timeout there is a result.
    pub async fn ask(&self) -> ProbeResult {
        let began = Instant::now();
        let (question, patience) = (self.question.clone(), self.timeout);
        let asking = unbroken(async move { question.ask(patience).await });
        let answered = timeout(patience, asking).await;
        let latency = began.elapsed();
        let failure = match (answered, self.slowest) {
            (Err(_), _) => Some(format!("no answer within {}", seconds(self.timeout))),
            (Ok(Err(why)), _) => Some(why),
            (Ok(Ok(())), Some(slowest)) if latency > slowest => {
                Some(format!("answered after {}, which is more than {}", seconds(latency), seconds(slowest)))
            }
            (Ok(Ok(())), _) => None,
        };
        ProbeResult::new(latency, failure)
    }
}

impl Question {
    /// The question in a few words.
    pub fn shown(&self) -> String {
        match self {
            Self::Http(http) => http.url.clone(),
            Self::Tcp(tcp) => format!("tcp://{}", tcp.address),
            Self::Command(command) => command.shown(),
            Self::Method(method) => format!("{}.{}", method.victim, method.method),
        }
    }

    async fn ask(&self, patience: Duration) -> Result<(), String> {
        match self {
            Self::Http(http) => http.ask(patience).await,
            Self::Tcp(tcp) => tcp.ask().await,
            Self::Command(command) => command.ask().await,
            Self::Method(method) => method.ask(patience).await,
        }
    }
}

/// The answer, or that there is none since who asked has panicked: that is a failure, and no silence.
async fn unbroken(asking: impl Future<Output = Result<(), String>> + Send + 'static) -> Result<(), String> {
    // A task of its own, which ends when nobody waits for it any more.
    let mut task = JoinSet::new();
    task.spawn(asking);
    match task.join_next().await {
        Some(Ok(answer)) => answer,
        Some(Err(error)) => Err(format!("it could not be asked: {error}")),
        None => Err("it could not be asked".to_owned()),
    }
}

fn seconds(time: Duration) -> String {
    // Milliseconds, as people write them: no 0.30000000000000004.
    format!("{} s", (time.as_secs_f64() * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests;
