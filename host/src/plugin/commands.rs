//! Calls to an instance, on a thread that may be held up without holding up the host.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::mpsc::{self, Sender, TryRecvError};
use std::thread::{self, Thread};

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::life::{Life, silence};
use super::{Fault, Operation, PATIENCE};

/// What an instance's thread is to do, in the order in which it was asked.
type Order = Box<dyn FnOnce(&Calls<'_>) + Send>;

/// Calls of one instance's plugin, by that instance's thread.
pub(super) struct Calls<'a>(&'a Operation);

impl Calls<'_> {
    /// Makes one. With the one that panics the instance's life is over.
    pub(super) fn make<T>(
        &self,
        name: &'static str,
        call: impl FnOnce(&Operation) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let life = self.0.life();
        if life.is_over() {
            return Err(over(life));
        }
        let result = life.call(name, || call(self.0));
        if let Err(fault) = &result
            && fault.is_panic()
        {
            life.fail(&fault.to_string());
        }
        result
    }
}

/// The way to an instance's thread.
pub(super) struct Orders {
    queue: Sender<Order>,
    /// What is in the queue and what has just been taken from it; below nothing where it is taken before it is counted.
    waiting: Arc<AtomicIsize>,
    thread: Thread,
}

impl Drop for Orders {
    fn drop(&mut self) {
        // The instance's life is over, which its thread is to see.
        self.thread.unpark();
    }
}

/// Calls that may wait: more than all victims that a host has descriptors for, coming and going at once. Who has so many
/// is not coming back.
const LONGEST_QUEUE: isize = 65_536;

/// Whoever asks for it is not kept waiting for long.
pub(super) const STATUS: &str = "status";

/// Starts the thread. It ends with the instance's life.
pub(super) fn start(operation: Arc<Operation>) -> io::Result<()> {
    // Bounded by a count: a bounded channel is made in its full size.
    let (queue, ordered) = mpsc::channel::<Order>();
    let waiting = Arc::new(AtomicIsize::new(0));
    let (life, waits) = (operation.life().clone(), Arc::clone(&waiting));
    let builder = thread::Builder::new().name(format!("ask-{}", operation.name()));
    let thread = builder.spawn(move || {
        let life = operation.life();
        loop {
            let order = match ordered.try_recv() {
                Ok(order) => order,
                Err(TryRecvError::Empty) if !life.is_over() => {
                    thread::park();
                    continue;
                }
                Err(_) => break,
            };
            waits.fetch_sub(1, Ordering::SeqCst);
            order(&Calls(&operation));
        }
    })?;
    life.open(Orders { queue, waiting, thread: thread.thread().clone() });
    Ok(())
}

/// Puts it in the queue at once, within a tokio runtime, and waits for its result when polled: for as long as the queue
/// moves, since many calls that are short are no hang. Only who asks for a status is sent away after [`PATIENCE`].
///
/// One that is stuck is not waited for again: what it should know waits in the queue, and the caller is told.
pub(super) fn send<T: Send + 'static, O: FnOnce(&Calls<'_>) -> Result<T, Fault> + Send + 'static>(
    life: &Arc<Life>,
    name: &'static str,
    order: O,
) -> impl Future<Output = Result<T, Fault>> + Send + use<T, O> {
    let queued = enqueue(life, name, order);
    // From now on, not from the first poll: who asks many and then waits for one after another waits once.
    let deadline = Instant::now() + PATIENCE;
    let life = life.clone();
    async move {
        let mut answered = queued?;
        if name != STATUS {
            return wait(&life, &mut answered, deadline).await.unwrap_or_else(|| Err(silent(name)));
        }
        if let Ok(answered) = timeout_at(deadline, &mut answered).await {
            return answered.unwrap_or_else(|_| Err(over(&life)));
        }
        let Some(later) = life.patience() else { return Err(silent(name)) };
        // Whether what keeps it busy comes back is to be known, though nobody may ask again.
        tokio::spawn(async move { wait(&life, &mut answered, later).await });
        Err(busy())
    }
}

/// Waits for as long as the queue moves; none where the instance is stuck in a call.
async fn wait<T>(
    life: &Life,
    answered: &mut oneshot::Receiver<Result<T, Fault>>,
    mut until: Instant,
) -> Option<Result<T, Fault>> {
    loop {
        if let Ok(answered) = timeout_at(until, &mut *answered).await {
            return Some(answered.unwrap_or_else(|_| Err(over(life))));
        }
        until = life.patience()?;
    }
}

fn enqueue<T: Send + 'static>(
    life: &Life,
    name: &'static str,
    order: impl FnOnce(&Calls<'_>) -> Result<T, Fault> + Send + 'static,
) -> Result<oneshot::Receiver<Result<T, Fault>>, Fault> {
    let stuck = life.is_stuck_in_call();
    if stuck && name == STATUS {
        return Err(silent(name));
    }
    let (answer, answered) = oneshot::channel();
    let waiting = {
        let orders = life.orders();
        let Some(Orders { queue, waiting, thread }) = &*orders else { return Err(over(life)) };
        let order: Order = Box::new(move |calls| drop(answer.send(order(calls))));
        queue.send(order).map_err(|_| over(life))?;
        // Only now: with another one before it, the thread looks into the queue once more and is to find this one there.
        let before = waiting.fetch_add(1, Ordering::SeqCst);
        if before <= 0 {
            // Others go first, who may have something for it too: a thread that is woken for each costs more than what it
            // is woken for.
            let thread = thread.clone();
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                thread.unpark();
            });
        }
        before
    };
    if waiting >= LONGEST_QUEUE {
        life.fail(&format!("{LONGEST_QUEUE} calls wait for it"));
        return Err(over(life));
    }
    if stuck { Err(silent(name)) } else { Ok(answered) }
}

fn silent(command: &str) -> Fault {
    Fault::new("silent", silence(command))
}

fn busy() -> Fault {
    Fault::new("busy", format!("it has been busy with other calls for {} s; ask again", PATIENCE.as_secs()))
}

fn over(life: &Life) -> Fault {
    Fault::new("retired", life.state().to_string())
}
