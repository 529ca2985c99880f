//! The promise of the guard: SIGKILL the wrapper, the host, both, or the guard itself, at any moment of a delay, and within two seconds
//! the program runs again, with its descendants, and nothing is left behind.
//!
//! A hundred moments for each of three programs. `CHAOS_KITTY_TEST_SEED` repeats those of a run that failed.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

mod round;

use chaos_kitty_tests::{Draw, Orphans};
use round::{Lane, Program};

const ROUNDS: u64 = 100;

fn hundred_rounds(program: Program) {
    let orphans = Orphans::fall_to_us();
    let draw = Draw::seeded();
    let mut lane = Lane::new(program);
    for number in 0..ROUNDS {
        lane.round(number, &draw);
    }
    drop(lane);
    orphans.are_gone();
}

#[test]
fn a_program_that_forks_runs_again() {
    hundred_rounds(Program::Forks);
}

#[test]
fn a_program_in_a_session_of_its_own_runs_again_and_its_daemon() {
    hundred_rounds(Program::Session);
}

#[test]
fn a_program_that_ends_meanwhile_leaves_nobody_stopped() {
    hundred_rounds(Program::Ends);
}
