//! Waits until a time of day, by each way that there is, while the clock is wrong and when it is right again.

use chaos_kitty_tests::{Host, Nest, Process};

use super::{NAME, native::compiled};

/// Has all of them wait while the clock is wrong like that, and lets that end once they do where it is to; all of them come back.
fn come_back(how: &str, shift: &str, ends: bool) {
    let nest = Nest::new();
    let Some(program) = compiled(&nest, "waits", include_str!("waits.c"), &[]) else { return };
    let host = nest.quiet_host();
    let mut job = nest.job(NAME).inside().start(&format!("exec {} {how}", program.display()));
    host.registered(NAME);
    let mut strike: Process = nest.operator().start(&["call", NAME, "shift_clock", shift, "duration=600"]);
    job.log().wait("that they wait", |line| line["waiting"] == true);
    let mut host: Option<Host> = Some(host);
    if ends {
        host.take().unwrap().stop();
        strike.exit_code();
    }
    let code = job.wrapper().exit_code();
    job.log().to_its_end();
    assert_eq!(code, 0, "{how} {shift}: {}", job.log().shown());
    if let Some(host) = host {
        host.left(1);
        drop(strike);
        host.stop();
    }
}

#[test]
fn all_of_them_are_over_when_the_clock_that_the_program_reads_says_so() {
    come_back("during 1", "by=1h", false);
    come_back("during 1", "by=-1h", false);
}

#[test]
fn a_clock_that_goes_faster_is_there_sooner() {
    come_back("during 200 101", "drift=99", false);
}

#[test]
fn who_reckoned_by_the_right_clock_is_let_go_when_it_is_right_again() {
    come_back("before 6", "by=-1h", true);
    come_back("before 6", "drift=-1", true);
}

#[test]
fn who_reckoned_by_a_clock_that_was_ahead_is_let_go_when_it_is_right_again() {
    come_back("during 6", "by=1h", true);
}

#[test]
fn who_reckoned_just_before_it_was_right_again_and_waits_just_after_does_not_wait_for_an_hour() {
    come_back("late 6", "by=1h", true);
}

#[test]
fn who_is_woken_and_waits_again_when_the_clock_is_right_again_does_not_wait_for_an_hour() {
    come_back("woken 6", "by=1h", true);
}
