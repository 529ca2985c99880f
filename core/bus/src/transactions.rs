//! Transactions: the calls in flight on a connection, both ways. The two sides count odd and even, so one table holds both.

use crate::{Exception, Limits, ProtocolError, Side, Value};
use std::collections::{HashMap, VecDeque};
use std::task::{Context, Poll, Waker};
use tokio::{task::AbortHandle, time::Instant};

/// What a transaction waits for.
#[derive(Debug)]
pub(crate) enum Response {
    Return(Value),
    Yield(Vec<Value>),
    Error(Exception),
    Next(Value),
    Throw(Value, Value),
    /// The caller left its block.
    Close,
    TimedOut,
}

impl Response {
    /// Whether a call of ours is over with it, on both sides.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self, Response::Return(_) | Response::Error(_) | Response::Throw(..))
    }
}

/// What became of a response.
pub(crate) enum Delivery {
    /// Someone waits for it: wake them, once the table is unlocked.
    Wake(Option<Waker>),
    /// Its transaction is gone, or does not wait for such a thing.
    Dropped,
    /// A yield to a call that gave no block.
    NoBlock,
    /// A yield too many.
    TooMany,
}

#[derive(Default)]
pub(crate) struct Transaction {
    ours: bool,
    block: bool,
    /// Whether a response is still expected: always for a call of ours, for a call of the peer's while its block runs.
    waiting: bool,
    /// The caller of a call of the peer's left its block.
    left: bool,
    deadline: Option<Instant>,
    responses: VecDeque<Response>,
    waker: Option<Waker>,
    task: Option<AbortHandle>,
}

impl Transaction {
    /// Ends whoever waits for it or works on it.
    pub(crate) fn abandon(self) {
        if let Some(task) = self.task {
            task.abort();
        }
        if let Some(waker) = self.waker {
            waker.wake();
        }
    }
}

/// Yields that may wait while a block runs. One that waits for its answers never has a second.
const YIELDS: usize = 16;

pub(crate) struct Transactions {
    table: HashMap<u64, Transaction>,
    next: u64,
    outgoing: usize,
    ended: bool,
    /// No transaction's time is up before this; the connection's one timer is set to it.
    pub(crate) alarm: Option<Instant>,
}

impl Transactions {
    pub(crate) fn new(side: Side) -> Transactions {
        let next = match side {
            Side::Client => 1,
            Side::Server => 2,
        };
        Transactions { table: HashMap::new(), next, outgoing: 0, ended: false, alarm: None }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// A call of ours begins. Answers its number.
    pub(crate) fn begin(&mut self, block: bool, limits: &Limits) -> Result<u64, ProtocolError> {
        if self.outgoing >= limits.transactions {
            return Err(ProtocolError::TooManyTransactions { limit: limits.transactions });
        }
        let id = self.next;
        self.next += 2;
        self.outgoing += 1;
        self.table.insert(id, Transaction { ours: true, block, waiting: true, ..Transaction::default() });
        Ok(id)
    }

    /// Whether the peer may begin a call under this number.
    pub(crate) fn admit(&self, id: u64, limits: &Limits) -> Result<(), ProtocolError> {
        if id % 2 == self.next % 2 {
            return Err(ProtocolError::ForeignTransaction { id });
        }
        if self.table.contains_key(&id) {
            return Err(ProtocolError::DuplicateTransaction { id });
        }
        if self.table.len() - self.outgoing >= limits.transactions {
            return Err(ProtocolError::TooManyTransactions { limit: limits.transactions });
        }
        Ok(())
    }

    /// A call of the peer's begins; not if the connection has ended.
    pub(crate) fn accept(&mut self, id: u64) -> bool {
        if !self.ended {
            self.table.insert(id, Transaction::default());
        }
        !self.ended
    }

    /// The task that works on a call of the peer's; nothing is left to work on if this answers false.
    pub(crate) fn work(&mut self, id: u64, task: AbortHandle) -> bool {
        let there = self.table.get_mut(&id);
        there.map(|transaction| transaction.task = Some(task)).is_some()
    }

    /// From now on a response is expected until the deadline. Answers whether the timer has to be set anew; nothing if the
    /// transaction is gone.
    pub(crate) fn expect(&mut self, id: u64, deadline: Instant) -> Option<bool> {
        let transaction = self.table.get_mut(&id)?;
        transaction.waiting = true;
        transaction.deadline = Some(deadline);
        let sooner = self.alarm.is_none_or(|alarm| deadline < alarm);
        if sooner {
            self.alarm = Some(deadline);
        }
        Some(sooner)
    }

    /// A response is expected no longer. Answers what came meanwhile, to be dropped once this is unlocked.
    pub(crate) fn ignore(&mut self, id: u64) -> Option<VecDeque<Response>> {
        let transaction = self.table.get_mut(&id)?;
        transaction.waiting = false;
        transaction.deadline = None;
        transaction.waker = None;
        Some(std::mem::take(&mut transaction.responses))
    }

    /// Passes a response to whoever waits for it. What nobody takes is left, to be dropped once this is unlocked: it may hold
    /// proxies, and dropping those sends messages.
    pub(crate) fn deliver(&mut self, id: u64, offered: &mut Option<Response>) -> Delivery {
        let Some(response) = offered.as_ref() else { return Delivery::Dropped };
        let Some(transaction) = self.table.get_mut(&id) else { return Delivery::Dropped };
        match response {
            Response::Close if !transaction.ours => {
                transaction.left = true;
                return Delivery::Wake(transaction.waker.take());
            }
            _ if !transaction.waiting => return Delivery::Dropped,
            Response::Yield(_) if transaction.ours => {
                if !transaction.block {
                    return Delivery::NoBlock;
                }
                if transaction.responses.len() >= YIELDS {
                    return Delivery::TooMany;
                }
                // While the block runs, the time is the caller's own.
                transaction.deadline = None;
            }
            Response::Return(_) | Response::Throw(..) if transaction.ours => transaction.waiting = false,
            Response::Next(_) if !transaction.ours => transaction.waiting = false,
            Response::Error(_) | Response::TimedOut => transaction.waiting = false,
            _ => return Delivery::Dropped,
        }
        transaction.responses.extend(offered.take());
        Delivery::Wake(transaction.waker.take())
    }

    /// The next response; nothing if the transaction is gone, which happens when the connection ends. The last one of a call of
    /// ours ends it here.
    pub(crate) fn poll(&mut self, id: u64, context: &mut Context<'_>) -> Poll<Option<Response>> {
        let Some(transaction) = self.table.get_mut(&id) else { return Poll::Ready(None) };
        if let Some(response) = transaction.responses.pop_front() {
            if transaction.ours && response.is_last() {
                self.table.remove(&id);
                self.outgoing -= 1;
            }
            return Poll::Ready(Some(response));
        }
        if transaction.left {
            return Poll::Ready(Some(Response::Close));
        }
        if !transaction.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            transaction.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// A transaction ends. Answers what it was, to be dropped once this is unlocked, and whether it was the only one.
    pub(crate) fn end(&mut self, id: u64) -> Option<(Transaction, bool)> {
        let transaction = self.table.remove(&id)?;
        self.outgoing -= usize::from(transaction.ours);
        let alone = self.table.is_empty();
        if alone {
            self.table.shrink_to_fit(); // an idle connection holds no table until it calls
        }
        Some((transaction, alone))
    }

    /// Ends the waiting of those whose time is up, and looks when the next one's is. Answers whom to wake.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Waker> {
        let mut wakers = Vec::new();
        self.alarm = None;
        for transaction in self.table.values_mut() {
            let Some(deadline) = transaction.deadline.filter(|_| transaction.waiting) else { continue };
            if deadline <= now {
                transaction.waiting = false;
                transaction.responses.push_back(Response::TimedOut);
                wakers.extend(transaction.waker.take());
            } else if self.alarm.is_none_or(|alarm| deadline < alarm) {
                self.alarm = Some(deadline);
            }
        }
        wakers
    }

    /// The connection ends, and all of them with it, but those whose answer is already here: it still counts.
    pub(crate) fn drain(&mut self) -> Vec<Transaction> {
        self.ended = true;
        self.alarm = None;
        let answered = |transaction: &Transaction| transaction.ours && !transaction.waiting;
        let drained: Vec<_> =
            self.table.extract_if(|_, transaction| !answered(transaction)).map(|(_, gone)| gone).collect();
        self.outgoing = self.table.len();
        drained
    }
}
