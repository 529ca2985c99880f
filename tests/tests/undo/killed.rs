//! Who is killed.

use crate::chaos::{Effect, Origin};
use crate::moment::Moment;
use crate::subject::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Killed {
    Host,
    /// The worker: the process of a linked victim, the wrapper, or the attendant.
    Worker,
    Both,
    /// The process of the operation that asked.
    Plugin,
    /// What takes memory and CPU time beside a program.
    StandIn,
    /// Who guards a process that was attached.
    Guard,
    /// That process itself, or the program that a wrapper has started.
    Victim,
    /// By SIGTERM, so that it ends in order.
    HostInOrder,
    WorkerInOrder,
}

impl Killed {
    /// Those whom there are at this moment.
    pub(crate) fn all(kind: Kind, origin: Origin, effect: Effect, moment: Moment) -> Vec<Killed> {
        use Killed::*;
        let mut all = vec![Host, Worker];
        let is_beside = kind != Kind::Linked;
        if is_beside {
            all.push(Both);
        }
        // A wrapper does not know who has asked: once is enough.
        if matches!(kind, Kind::Attached | Kind::Frozen) || is_beside && origin == Origin::Operator {
            all.push(Victim);
        }
        // It guards what is held.
        let is_held = matches!(effect, Effect::Delay | Effect::Freeze);
        if matches!(kind, Kind::Attached | Kind::Frozen) && is_held {
            all.push(Guard);
        }
        // Who ends in order looks at what is under way, and not at how far it is.
        if matches!(moment, Moment::Begun | Moment::AboutToEnd | Moment::Over) {
            all.push(HostInOrder);
            if is_beside {
                all.push(WorkerInOrder);
            }
        }
        if origin == Origin::Isolated {
            all.push(Plugin);
        }
        let is_there = !matches!(moment, Moment::Undecided | Moment::Decided | Moment::Over);
        let stands_in = is_beside && kind != Kind::Inside;
        if stands_in && is_there && matches!(effect, Effect::Memory | Effect::Spin) {
            all.push(StandIn);
        }
        all
    }

    pub(crate) fn is_host(self) -> bool {
        matches!(self, Killed::Host | Killed::HostInOrder | Killed::Both)
    }

    /// Whether nobody can be struck as before after it, although all go on.
    pub(crate) fn is_guard(self) -> bool {
        self == Killed::Guard
    }

    pub(crate) fn is_worker(self) -> bool {
        matches!(self, Killed::Worker | Killed::WorkerInOrder | Killed::Both | Killed::Victim)
    }
}
