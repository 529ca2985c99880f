//! The operator's connection to a host.

use super::arguments::Arguments;
use super::failure::Failure;
use super::one_line::one_line;
use super::output;
use crate::instances::Change;
use chaos_kitty_bus::{Answer, CallError, Connection, Limits, Proxy, Request, Side, Value, from_value};
use nix::sys::socket::{getsockopt, sockopt};
use serde::de::DeserializeOwned;
use std::io::ErrorKind;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::UnixStream;

/// How long a host may take to answer a question about itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a change may take: each victim is introduced to what is loaded.
const CHANGE: Duration = Duration::from_secs(120);

/// `chaos`, as an operator reaches it.
#[derive(Debug, Clone)]
pub(super) struct Operator {
    chaos: Proxy,
}

impl Operator {
    /// # Errors
    /// There is no host, or it is a stranger's.
    pub(super) async fn connect(arguments: &Arguments) -> Result<Self, Failure> {
        let path = arguments.socket();
        let shown = path.display();
        let stream = UnixStream::connect(&path).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Failure::no_host(format!(
                "no host serves at {shown}: start one with `chaos-kitty serve`, or name its socket with --socket"
            )),
            ErrorKind::PermissionDenied => Failure::no_host(format!(
                "{shown} is not yours to open: a host is steered by its own user and by root"
            )),
            _ => Failure::no_host(format!("{shown}: {error}")),
        })?;
        let uid = getsockopt(&stream, sockopt::PeerCredentials).map(|peer| peer.uid());
        let own = nix::unistd::geteuid().as_raw();
        match uid {
            Ok(uid) if uid == 0 || uid == own || own == 0 => {}
            _ => {
                return Err(Failure::no_host(format!(
                    "the host at {shown} is another user's: nothing was sent"
                )));
            }
        }
        let connection = Connection::start(stream, Side::Client, Limits::default(), Vec::new());
        Ok(Self { chaos: connection.proxy("chaos") })
    }

    /// Asks the host about itself.
    pub(super) async fn ask<T: DeserializeOwned>(&self, method: &str) -> Result<T, Failure> {
        let answer = self.call(Request::new(method), PATIENCE).await?;
        from_value(answer).map_err(|error| {
            Failure::refused(format!("the host's answer to {method} makes no sense: {error}"))
        })
    }

    /// Has the host change what runs, and prints what came of it.
    pub(super) async fn change(arguments: &Arguments, request: Request) -> Result<ExitCode, Failure> {
        let method = request.method.clone();
        let answer = Self::connect(arguments).await?.call(request, CHANGE).await?;
        let change: Change = from_value(answer).map_err(|error| {
            Failure::refused(format!("the host's answer to {method} makes no sense: {error}"))
        })?;
        if arguments.json {
            output::json(&change);
            return Ok(ExitCode::SUCCESS);
        }
        change.instances.iter().for_each(|changed| output::say!("{}", one_line(&format_args!("{changed}"))));
        if change.instances.is_empty() {
            output::say!("nothing is different: {} as before", output::count(change.untouched, "instance"));
        }
        change.notes.iter().for_each(|note| output::say!("{note}"));
        Ok(ExitCode::SUCCESS)
    }

    pub(super) async fn call(&self, request: Request, patience: Duration) -> Result<Value, Failure> {
        self.chaos.call(request, patience).await.map_err(failure)
    }

    /// The object itself, for who makes many calls at once.
    pub(super) fn chaos(&self) -> &Proxy {
        &self.chaos
    }

    pub(super) async fn watch(
        &self,
        block: impl FnMut(Vec<Value>) -> Answer + Send,
        patience: Duration,
    ) -> Result<Value, Failure> {
        self.chaos.call_with_block(Request::new("watch"), patience, block).await.map_err(failure)
    }
}

fn failure(error: CallError) -> Failure {
    match error {
        CallError::Remote(exception) if exception.class == "ArgumentError" => {
            Failure::wrong(exception.message)
        }
        CallError::Remote(exception) => Failure::refused(exception.message),
        CallError::Closed { .. } => Failure::no_host(format!("the host went away: {error}")),
        other => Failure::refused(other),
    }
}
