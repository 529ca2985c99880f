//! Attaching: a process that is there already becomes a victim, with an attendant of ours beside it.

mod attached;
mod attaching;
mod attendant;
mod attendants;
mod charge;
mod choice;
mod detached;
mod executable;
mod listener;
mod network;
mod ours;
mod port;
mod remains;
mod systemctl;
mod unit;
mod wanted;

pub(crate) use attached::{Unattached, attach};
pub(crate) use attaching::Attaching;
pub(crate) use attendants::Attendants;
pub(crate) use charge::Charge;
pub(crate) use choice::ListedProcess;
pub(crate) use detached::{Detached, detach};
pub(crate) use wanted::Wanted;
