//! The promise of the undo: kill the host, the worker, the wrapper, what stands in beside it, or a plugin's process, at
//! any step of any effect, and within two seconds nobody who lives is stopped, held, burning or larger than before.
//!
//! A lane is an effect, and who asks for it; in each lane everybody is killed at every step. What chance decides of it
//! `CHAOS_KITTY_TEST_SEED` repeats.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod attached;
mod chaos;
mod killed;
mod lane;
mod moment;
mod program;
mod state;
mod subject;

use chaos::{Chaos, Origin};
use chaos_kitty_tests::{ControlGroup, Draw, Orphans};
use lane::Lane;
use std::sync::Mutex;
use subject::Kind;

/// How many lanes there are at a time: most of it is waiting.
const AT_ONCE: usize = 6;

fn every_step_of(kind: Kind, origin: Origin) {
    let orphans = Orphans::fall_to_us();
    let draw = Draw::seeded();
    let lanes = Mutex::new(Chaos::all(kind, origin));
    let next = || lanes.lock().unwrap().pop();
    let rounds = std::thread::scope(|scope| {
        let run = || {
            let mut rounds = 0;
            while let Some(chaos) = next() {
                rounds += Lane::new(kind, origin, chaos).run(&draw);
            }
            rounds
        };
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    eprintln!("{kind:?}, asked by {origin:?}: {rounds} times somebody was killed");
    orphans.are_gone();
}

#[test]
fn a_linked_victim_that_an_operator_strikes() {
    every_step_of(Kind::Linked, Origin::Operator);
}

#[test]
fn a_linked_victim_that_an_isolated_operation_strikes() {
    every_step_of(Kind::Linked, Origin::Isolated);
}

#[test]
fn a_program_with_the_library_in_it_that_an_operator_strikes() {
    every_step_of(Kind::Inside, Origin::Operator);
}

#[test]
fn a_program_with_the_library_in_it_that_an_isolated_operation_strikes() {
    every_step_of(Kind::Inside, Origin::Isolated);
}

#[test]
fn a_wrapped_program_that_an_operator_strikes() {
    every_step_of(Kind::Wrapped, Origin::Operator);
}

#[test]
fn a_wrapped_program_that_an_isolated_operation_strikes() {
    every_step_of(Kind::Wrapped, Origin::Isolated);
}

#[test]
fn an_attached_process_that_an_operator_strikes() {
    every_step_of(Kind::Attached, Origin::Operator);
}

#[test]
fn an_attached_process_that_an_isolated_operation_strikes() {
    every_step_of(Kind::Attached, Origin::Isolated);
}

#[test]
fn an_attached_process_that_is_frozen_by_the_group_that_is_its_own() {
    if ControlGroup::freezable().next().is_some() {
        every_step_of(Kind::Frozen, Origin::Operator);
        every_step_of(Kind::Frozen, Origin::Isolated);
    }
}
