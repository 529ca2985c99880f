//! Answers what an isolated operation asks of the host.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError};

use chaos_kitty_abi::{Bytes, HostObject, RResult, RSlice, RStr};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{AbortHandle, JoinSet};

use super::frame::{Frame, Kind};
use super::keeper::{Order, Ran};
use crate::plugin::line::one_line;

/// As the target of a call: the host itself.
const HOST: u64 = 0;

/// What serves one process.
pub(super) struct Serving {
    host: Arc<HostObject>,
    answers: Arc<Mutex<OwnedWriteHalf>>,
    /// Calls of victims that are under way.
    strikes: JoinSet<()>,
    /// Ticks and sleeps that somebody waits for.
    waits: HashMap<u64, AbortHandle>,
}

impl Serving {
    /// Serves until the process closes its end, and answers the strikes that are under way then.
    pub(super) async fn serve(
        up: UnixStream,
        host: Arc<HostObject>,
        ran: Ran,
        orders: UnboundedSender<Order>,
    ) -> JoinSet<()> {
        let (asked, answers) = up.into_split();
        let answers = Arc::new(Mutex::new(answers));
        let mut serving = Self { host, answers, strikes: JoinSet::new(), waits: HashMap::new() };
        let mut asked = BufReader::new(asked);
        loop {
            match Frame::receive(&mut asked).await {
                Ok(Some(Frame { kind: Kind::Ran, number, body })) => {
                    let answer = if number == 0 { RResult::ROk(()) } else { RResult::RErr(body.into()) };
                    let ran = ran.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let _ = ran.map(|ran| ran.send(answer));
                }
                Ok(Some(Frame { kind: Kind::Stuck, body, .. })) => {
                    let _ = orders.send(Order::Kill(one_line(&String::from_utf8_lossy(&body))));
                }
                Ok(Some(frame)) => serving.answer(frame).await,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let _ = orders.send(Order::Kill(format!("its process cannot be understood: {error}")));
                    break;
                }
                // One that ended with something unread resets the connection.
                Ok(None) | Err(_) => break,
            }
        }
        serving.waits.values().for_each(AbortHandle::abort);
        serving.strikes
    }

    async fn answer(&mut self, frame: Frame) {
        let Frame { kind, number, body } = frame;
        match kind {
            Kind::Call => self.call(number, &body),
            Kind::Forget => {
                if let Some(wait) = self.waits.remove(&number) {
                    wait.abort();
                }
            }
            Kind::Extension => {
                let (name, body) = split(&body, usize::from(body.first().copied().unwrap_or_default()));
                let name = str::from_utf8(name).unwrap_or_default();
                let answer = self.host.extension(RStr::from_str(name), RSlice::from_slice(body));
                if number != 0 {
                    send(&self.answers, number, answer).await;
                }
            }
            // What it says beyond that means nothing to this host.
            _ => {}
        }
    }

    fn call(&mut self, number: u64, body: &[u8]) {
        while self.strikes.try_join_next().is_some() {}
        self.waits.retain(|_, wait| !wait.is_finished());
        let Some((target, request)) = body.split_first_chunk() else { return };
        let target = u64::from_le_bytes(*target);
        let (answer, answers) = (self.host.call(target, request.to_vec().into()), self.answers.clone());
        let answered = async move { send(&answers, number, answer.await).await };
        if target == HOST {
            self.waits.insert(number, tokio::spawn(answered).abort_handle());
        } else {
            self.strikes.spawn(answered);
        }
    }
}

/// A length in the first byte, and what follows.
fn split(body: &[u8], length: usize) -> (&[u8], &[u8]) {
    body.get(1..).and_then(|rest| rest.split_at_checked(length)).unwrap_or_default()
}

/// It fails where the process is gone, which others see.
async fn send(answers: &Mutex<OwnedWriteHalf>, number: u64, answer: RResult<Bytes, Bytes>) {
    let bytes = match &answer {
        RResult::ROk(body) => Frame::bytes(Kind::Done, number, &[body]),
        RResult::RErr(body) => Frame::bytes(Kind::Failed, number, &[body]),
    };
    let _ = answers.lock().await.write_all(&bytes).await;
}
