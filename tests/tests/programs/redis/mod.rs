//! redis-server: whatever befalls it, it answers again, and nothing is lost that it had acknowledged.

mod server;

use std::time::Duration;

use chaos_kitty_tests::{PATIENCE, Signal, comes_true, vitals, wall};
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use crate::resp::{Client, Reply};
use crate::strike::{LENGTHS, hits};
use server::Kept;
pub(crate) use server::{Redis, time};

#[test]
fn no_space_for_its_log_ends_it_where_every_write_is_to_be_on_the_disk() {
    let Some(mut redis) = Redis::start() else { return };
    let strike =
        redis.strike("disturb", &["calls=write", "path=*.aof", "errno=ENOSPC", "times=1", "duration=20"]);
    let (all, outcome) = redis.keeps_until_over(strike);
    assert_eq!(hits(&outcome), 1, "{outcome}");
    assert!(all.contains(&Kept::Lost), "{all:?}");
    redis.has_given_up("Can't recover from AOF write error when the AOF fsync policy is 'always'");
    redis.ends_well();
}

#[test]
fn what_goes_to_its_log_in_pieces_is_whole() {
    let Some(mut redis) = Redis::start() else { return };
    let outcome = redis
        .keeps_all_under("disturb", &["calls=write", "path=*.aof", "share=0.2", "times=30", "duration=20"]);
    assert_eq!(hits(&outcome), 30);
    redis.ends_well();
}

#[test]
fn no_space_for_its_log_has_it_refuse_writes_where_they_may_come_to_the_disk_later() {
    let Some(mut redis) = Redis::with("everysec") else { return };
    let strike =
        redis.strike("disturb", &["calls=write", "path=*.aof", "errno=ENOSPC", "times=2", "duration=20"]);
    let (all, outcome) = redis.keeps_until_over(strike);
    assert_eq!(hits(&outcome), 2, "{outcome}");
    let refused = |kept: &Kept| matches!(kept, Kept::Refused(why) if why.starts_with("MISCONF"));
    assert!(all.iter().any(refused), "{all:?}");
    // It looks once in a second whether there is space again.
    assert!(comes_true(PATIENCE, || redis.keep() == Kept::Yes), "{}", redis.log());
    redis.ends_well();
}

#[test]
fn a_disk_that_fails_to_sync_ends_it() {
    let Some(mut redis) = Redis::start() else { return };
    let strike =
        redis.strike("disturb", &["calls=fsync", "path=*.aof", "errno=EIO", "times=1", "duration=20"]);
    let (all, outcome) = redis.keeps_until_over(strike);
    assert_eq!(hits(&outcome), 1, "{outcome}");
    assert!(all.contains(&Kept::Lost), "{all:?}");
    redis.has_given_up("Can't persist AOF for fsync error when the AOF fsync policy is 'always'");
    redis.ends_well();
}

#[test]
fn a_slow_disk_makes_it_slow() {
    let Some(mut redis) = Redis::start() else { return };
    let outcome = redis
        .keeps_all_under("disturb", &["calls=fsync", "path=*.aof", "delay=100ms", "times=5", "duration=20"]);
    assert_eq!(hits(&outcome), 5);
    redis.ends_well();
}

#[test]
fn answers_that_go_out_in_pieces_arrive_whole() {
    let Some(mut redis) = Redis::start() else { return };
    let long = "0123456789".repeat(20_000);
    assert_eq!(redis.says(&["SET", "long", &long]), Reply::Text("OK".to_owned()));
    let options = ["calls=write,send", "address=unix:*", "share=0.3", "times=40", "duration=20"];
    let strike = redis.strike("disturb", &options);
    let mut asked = 0;
    strike.meanwhile(|| {
        assert_eq!(redis.says(&["GET", "long"]), Reply::Text(long.clone()));
        asked += 1;
    });
    assert!(asked > 0 && hits(&strike.effective()) == 40);
    redis.ends_well();
}

#[test]
fn a_connection_that_is_reset_is_that_clients_loss_alone() {
    let Some(mut redis) = Redis::start() else { return };
    let mut other = Client::connect(&redis.socket()).unwrap();
    assert!(other.ask(&["PING"]).is_ok());
    for (method, options) in [
        ("disturb", &["calls=read,recv", "address=unix:*", "errno=ECONNRESET", "times=3", "duration=20"][..]),
        ("raise_error", &["point=read:unix:*", "errno=ECONNRESET", "times=3", "--lease", "20s"]),
    ] {
        let strike = redis.strike(method, options);
        let (all, outcome) = redis.keeps_until_over(strike);
        assert_eq!(hits(&outcome), 3, "{outcome}");
        assert_eq!(outcome["verdict"], "effective", "{outcome}");
        let lost = all.iter().filter(|kept| **kept == Kept::Lost).count();
        assert_eq!(lost, 3, "{method}: {all:?}");
    }
    assert!(other.ask(&["PING"]).is_ok(), "who said nothing meanwhile is connected still");
    redis.ends_well();
}

#[test]
fn connections_that_it_cannot_accept_wait_for_it() {
    let Some(redis) = Redis::start() else { return };
    let strike = redis.strike("disturb", &["calls=accept", "errno=EMFILE", "times=20", "duration=20"]);
    strike.meanwhile(|| {
        let mut client = Client::connect(&redis.socket()).unwrap();
        assert_eq!(client.ask(&["PING"]).unwrap(), Reply::Text("PONG".to_owned()));
    });
    assert_eq!(hits(&strike.effective()), 20);
    assert!(redis.log().contains("Accepting client connection: accept: Too many open files"));
    redis.ends_well();
}

#[test]
fn without_descriptors_those_who_are_there_are_served_and_others_wait() {
    let Some(mut redis) = Redis::start() else { return };
    let open = |redis: &Redis| std::fs::read_dir(format!("/proc/{}/fd", redis.pid())).unwrap().count();
    // It cannot say that it accepts nobody: its log is a file, which it opens for each line.
    let (mut accepted, mut waiting) = (Vec::new(), None);
    for length in LENGTHS {
        let strike = redis.strike("take_descriptors", &["leave=0", length]);
        assert!(comes_true(PATIENCE, || strike.is_over() || open(&redis) > 190));
        strike.meanwhile(|| {
            assert_eq!(redis.keep(), Kept::Yes);
            if waiting.is_none() {
                let client = Client::connect(&redis.socket()).unwrap();
                let mut client = client.patience(Duration::from_millis(50)).unwrap();
                match client.ask(&["PING"]) {
                    Ok(_) => accepted.push(client),
                    Err(_) => waiting = Some(client),
                }
            }
        });
        let outcome = strike.lasting();
        assert_eq!(outcome["observed"]["left"], 0, "{outcome}");
        if waiting.is_some() {
            break;
        }
    }
    let mut client = waiting.expect("everybody was accepted").patience(PATIENCE).unwrap();
    assert_eq!(client.reply().unwrap(), Reply::Text("PONG".to_owned()));
    redis.ends_well();
}

#[test]
fn memory_and_cpu_that_are_taken_are_given_back() {
    let Some(mut redis) = Redis::start() else { return };
    let memory = redis.keeps_all_under("allocate_memory", &["size_mb=64", "hold_duration=300ms"]);
    assert_eq!(memory["observed"]["resident_mb"], 64.0, "{memory}");
    redis.keeps_all_under("cpu_spin", &["duration=300ms", "--lease", "20s"]);
    let pid = redis.pid();
    redis.scene.operator().until("the memory is given back", || !vitals::has_resident(pid, 64.0));
    redis.ends_well();
}

#[test]
fn slow_reads_and_slow_memory_make_it_slow() {
    let Some(mut redis) = Redis::start() else { return };
    for (options, times) in [
        (&["calls=read,recv", "address=unix:*", "delay=50ms", "times=5", "duration=20"][..], 5),
        (&["calls=malloc", "delay=5ms", "times=50", "duration=20"], 50),
    ] {
        let outcome = redis.keeps_all_under("disturb", options);
        assert_eq!(hits(&outcome), times);
    }
    redis.ends_well();
}

#[test]
fn it_is_held_at_its_calls_and_frozen_from_outside() {
    let Some(mut redis) = Redis::start() else { return };
    for (method, options) in
        [("delay", &["point=read:unix:*", "duration=500ms"][..]), ("freeze", &["duration=500ms"])]
    {
        let outcome = redis.keeps_all_under(method, options);
        assert!(outcome["observed"]["seconds_held"].as_f64().is_some_and(|held| held > 0.0), "{outcome}");
        assert!(!vitals::is_stopped(redis.pid()));
    }
    redis.ends_well();
}

#[test]
fn without_the_library_it_is_struck_from_outside() {
    let Some(mut redis) = Redis::start() else { return };
    redis.ends();
    redis.again();
    for (method, options) in [
        ("delay", &["duration=500ms"][..]),
        ("cpu_spin", &["duration=200ms", "--lease", "20s"]),
        ("allocate_memory", &["size_mb=64", "hold_duration=300ms"]),
    ] {
        redis.keeps_all_under(method, options);
        assert!(!vitals::is_stopped(redis.pid()));
    }
    let pid = redis.pid();
    let refused = redis.scene.operator().run(&["call", "redis", "shift_clock", "by=1h", "duration=1"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.error.contains("--inside"), "{refused:?}");
    assert!(!vitals::has_resident(pid, 64.0), "what was taken was taken beside it");
    redis.ends_well();
}

#[test]
fn a_clock_that_jumps_ends_what_has_a_time_to_live_and_nothing_else() {
    let Some(mut redis) = Redis::start() else { return };
    assert_eq!(redis.says(&["SET", "short", "lived", "EX", "600"]), Reply::Text("OK".to_owned()));
    assert_eq!(redis.says(&["SET", "long", "lived", "EX", "7200"]), Reply::Text("OK".to_owned()));
    let has_jumped = LENGTHS.into_iter().any(|length| {
        let strike = redis.strike("shift_clock", &["by=1h", length]);
        let mut ahead = 0;
        strike.meanwhile(|| {
            assert_eq!(redis.keep(), Kept::Yes);
            // Its clock is read once in each round of its loop, so that this answer may be of the round before.
            if time(&mut redis) > wall().as_secs() + 3000 {
                ahead += 1;
                // Where it is right again by now, that is not the answer of then.
                let is_gone = redis.says(&["GET", "short"]) == Reply::Nothing;
                assert!(is_gone || strike.is_over(), "it has expired");
            }
        });
        ahead > 0 && hits(&strike.effective()) > 0
    });
    assert!(has_jumped);
    let right = comes_true(PATIENCE, || time(&mut redis) < wall().as_secs() + 60);
    assert!(right, "its clock is right again");
    assert_eq!(redis.says(&["GET", "short"]), Reply::Nothing, "what has expired is gone for good");
    assert_eq!(redis.says(&["GET", "long"]), Reply::Text("lived".to_owned()));
    redis.ends_well();
}

#[test]
fn what_it_starts_is_struck_too_and_a_save_that_is_killed_harms_nobody() {
    let Some(mut redis) = Redis::start() else { return };
    // The child that saves writes a file of its own: it is held there, and its parent is not.
    let strike = redis.strike("delay", &["point=*:/*/temp-*.rdb", "duration=20"]);
    redis.has_heard();
    assert!(matches!(redis.says(&["BGSAVE"]), Reply::Text(_)));
    let pid = redis.pid();
    let mut child = Vec::new();
    assert!(comes_true(PATIENCE, || {
        child = vitals::children(pid);
        !child.is_empty()
    }));
    for _ in 0..20 {
        assert_eq!(redis.keep(), Kept::Yes);
    }
    assert_eq!(vitals::children(pid), child, "it is held");
    let child = pidfd_open(Pid::from_raw(child[0]).unwrap(), PidfdFlags::empty()).unwrap();
    pidfd_send_signal(&child, Signal::KILL).unwrap();
    assert!(comes_true(PATIENCE, || redis.log().contains("Background saving terminated by signal 9")));
    drop(strike);
    redis.ends_well();
}

#[test]
fn it_ends_by_a_signal_as_it_should() {
    let Some(mut redis) = Redis::start() else { return };
    let strike = redis.strike("signal", &["signal=TERM"]);
    let (_, outcome) = redis.keeps_until_over(strike);
    // It shuts down: it may have ended by then.
    let fate = &outcome["observed"]["fate"];
    assert!(fate == "exited" || fate == "caught", "{outcome}");
    assert_eq!(redis.job.wrapper().exit_code(), 0, "{}", redis.log());
    redis.again();
    redis.ends_well();
}
