//! Answers what an isolated operation asks of the host.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use chaos_kitty_abi::{Bytes, FfiFuture, HostObject, RResult, RSlice, RStr};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{AbortHandle, JoinSet};

use super::frame::{Frame, Kind};
use super::keeper::{Order, Ran};
use crate::plugin::life::Life;
use crate::plugin::line::one_line;

/// As the target of a call: the host itself.
const HOST: u64 = 0;

/// What serves one process.
pub(super) struct Serving {
    host: Arc<HostObject>,
    answers: Arc<Mutex<OwnedWriteHalf>>,
    /// Calls of victims that are under way, and how those are given up that the operation does not wait for any more.
    strikes: JoinSet<()>,
    handles: HashMap<u64, AbortHandle>,
    /// Ticks and sleeps that somebody waits for: here, since a task for each would be handed to another thread.
    waits: Vec<(u64, FfiFuture<Answer>)>,
    /// Those for which there is no room here.
    more_waits: HashMap<u64, AbortHandle>,
}

type Answer = RResult<Bytes, Bytes>;

/// All of them are polled whenever one is woken.
const MOST_WAITS: usize = 16;

impl Serving {
    /// Serves until the process closes its end, and answers the strikes that are under way then.
    pub(super) async fn serve(
        up: UnixStream,
        host: Arc<HostObject>,
        life: Arc<Life>,
        ran: Ran,
        orders: UnboundedSender<Order>,
    ) -> JoinSet<()> {
        let (asked, answers) = up.into_split();
        let answers = Arc::new(Mutex::new(answers));
        let (strikes, handles) = (JoinSet::new(), HashMap::new());
        let (waits, more_waits) = (Vec::new(), HashMap::new());
        let mut serving = Self { host, answers, strikes, handles, waits, more_waits };
        let mut asked = BufReader::new(asked);
        loop {
            match serving.next(Frame::receive(&mut asked)).await {
                Ok(Some(Frame { kind: Kind::Begun, .. })) => life.begin(),
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
        serving.more_waits.values().for_each(AbortHandle::abort);
        serving.strikes
    }

    /// Answers whoever waits, until the frame is there.
    async fn next<F: Future>(&mut self, frame: F) -> F::Output {
        let mut frame = pin!(frame);
        loop {
            let either = poll_fn(|context| match frame.as_mut().poll(context) {
                Poll::Ready(frame) => Poll::Ready(Err(frame)),
                Poll::Pending => self.poll_waits(context).map(Ok),
            });
            match either.await {
                Ok((number, answer)) => send(&self.answers, number, answer).await,
                Err(frame) => return frame,
            }
        }
    }

    fn poll_waits(&mut self, context: &mut Context<'_>) -> Poll<(u64, Answer)> {
        for at in 0..self.waits.len() {
            let (number, wait) = &mut self.waits[at];
            if let Poll::Ready(answer) = Pin::new(wait).poll(context) {
                let number = *number;
                drop(self.waits.swap_remove(at));
                return Poll::Ready((number, answer));
            }
        }
        Poll::Pending
    }

    async fn answer(&mut self, frame: Frame) {
        let Frame { kind, number, body } = frame;
        match kind {
            Kind::Call => self.call(number, &body),
            Kind::Forget => {
                self.waits.retain(|(wait, _)| *wait != number);
                for handles in [&mut self.more_waits, &mut self.handles] {
                    handles.remove(&number).inspect(AbortHandle::abort);
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
        self.handles.retain(|_, strike| !strike.is_finished());
        self.more_waits.retain(|_, wait| !wait.is_finished());
        let Some((target, request)) = body.split_first_chunk() else { return };
        let target = u64::from_le_bytes(*target);
        let (answer, answers) = (self.host.call(target, request.to_vec().into()), self.answers.clone());
        if target == HOST && self.waits.len() < MOST_WAITS {
            return self.waits.push((number, answer));
        }
        let answered = async move { send(&answers, number, answer.await).await };
        if target == HOST {
            self.more_waits.insert(number, tokio::spawn(answered).abort_handle());
        } else {
            self.handles.insert(number, self.strikes.spawn(answered));
        }
    }
}

/// A length in the first byte, and what follows.
fn split(body: &[u8], length: usize) -> (&[u8], &[u8]) {
    body.get(1..).and_then(|rest| rest.split_at_checked(length)).unwrap_or_default()
}

/// It fails where the process is gone, which others see.
async fn send(answers: &Mutex<OwnedWriteHalf>, number: u64, answer: Answer) {
    let bytes = match &answer {
        RResult::ROk(body) => Frame::bytes(Kind::Done, number, &[body]),
        RResult::RErr(body) => Frame::bytes(Kind::Failed, number, &[body]),
    };
    let _ = answers.lock().await.write_all(&bytes).await;
}
