//! The time of day that a program reads is off, and comes back.

use chaos_kitty_tests::{Json, Nest, wall};

use super::{Inside, outcome};

/// How far the clock that it reads is from ours, in seconds.
fn off(told: &Json) -> f64 {
    told.as_f64().unwrap() - wall().as_secs_f64()
}

#[test]
fn it_jumps_for_all_who_read_it_and_the_monotonic_clock_does_not() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let monotonic = inside.asks("time.monotonic()").as_f64().unwrap();
    let mut strike = inside.begin(&["shift_clock", "by=-2h", "duration=3s"]);
    inside.comes_to("time.time()", |told| off(told) < -7000.0);
    // By each way that there is to it; 5 is CLOCK_REALTIME_COARSE.
    let ways = [
        "time.clock_gettime(time.CLOCK_REALTIME)",
        "time.clock_gettime(5)",
        "ctypes.CDLL(None).time(None)",
        "(lambda now: [ctypes.CDLL(None).gettimeofday(ctypes.byref(now), None), now[0]][1])((ctypes.c_long * 2)())",
        "(lambda now: [ctypes.CDLL(None).timespec_get(ctypes.byref(now), 1), now[0]][1])((ctypes.c_long * 2)())",
    ];
    for way in ways {
        let off = off(&inside.asks(way));
        assert!((-7230.0..-7170.0).contains(&off), "{way}: {off}");
    }
    let now = inside.asks("time.clock_gettime(time.CLOCK_MONOTONIC)").as_f64().unwrap();
    assert!((0.0..60.0).contains(&(now - monotonic)), "{monotonic} {now}");
    let outcome = outcome(&mut strike);
    assert_eq!(outcome["verdict"], "effective", "{outcome}");
    assert_eq!(outcome["observed"]["seconds_shifted"], -7200.0, "{outcome}");
    let off = off(&inside.asks("time.time()"));
    assert!(off.abs() < 30.0, "{off}");
    inside.end();
}

#[test]
fn it_drifts_and_stands_still() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    let mut strike = inside.begin(&["shift_clock", "drift=99", "duration=2s"]);
    inside.comes_to("time.time()", |told| off(told) > 50.0);
    let fast = outcome(&mut strike);
    let shifted = fast["observed"]["seconds_shifted"].as_f64().unwrap();
    assert!((150.0..=198.1).contains(&shifted), "{fast}");
    let mut strike = inside.begin(&["shift_clock", "drift=-1", "duration=2s"]);
    let stood = inside.asks(
        "until(lambda: (lambda a, b, c: c - a < 0.001)(time.time(), time.sleep(0.05), time.time()), False)",
    );
    assert_eq!(stood, true);
    assert_eq!(outcome(&mut strike)["verdict"], "effective");
    inside.end();
}

#[test]
fn who_waits_until_a_time_of_day_waits_no_longer_for_it() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    // As C programs do: sem_timedwait, and pthread_cond_timedwait with the clock that it has by default.
    for line in [
        "libc = ctypes.CDLL(None)",
        "sem, lock, condition = (ctypes.create_string_buffer(64) for _ in range(3))",
        "[libc.sem_init(sem, 0, 0), libc.pthread_mutex_init(lock, None), libc.pthread_cond_init(condition, None)]",
        "soon = lambda: (ctypes.c_long * 2)(int(time.time()) + 1, 0)",
        "waits = lambda do: (lambda begun, did: time.monotonic() - begun)(time.monotonic(), do())",
    ] {
        inside.asks(line);
    }
    let mut strike = inside.begin(&["shift_clock", "by=1h", "duration=600"]);
    inside.comes_to("time.time()", |told| off(told) > 3000.0);
    for wait in [
        "libc.sem_timedwait(sem, soon())",
        "[libc.pthread_mutex_lock(lock), libc.pthread_cond_timedwait(condition, lock, soon()), libc.pthread_mutex_unlock(lock)]",
        "libc.clock_nanosleep(0, 1, soon(), None)",
    ] {
        let waited = inside.asks(&format!("waits(lambda: {wait})")).as_f64().unwrap();
        assert!(waited < 25.0, "{wait}: {waited}");
    }
    inside.host.take().unwrap().stop();
    strike.exit_code();
    inside.comes_to("time.time()", |told| off(told).abs() < 60.0);
    inside.end();
}

#[test]
fn a_timer_that_is_set_to_a_time_of_day_is_set_by_the_right_clock() {
    let nest = Nest::new();
    let mut inside = Inside::start(&nest);
    for line in [
        "libc = ctypes.CDLL(None)",
        // Two times: how often it comes back, and the first one. 0 is CLOCK_REALTIME, 1 the monotonic one, and a flag.
        "timers = {clock: libc.timerfd_create(clock, 0) for clock in (0, 1)}",
        "class Timer: told, one = (ctypes.c_long * 4)(), ctypes.c_void_p()",
        // SIGEV_NONE: nobody is told.
        "event = (ctypes.c_int * 16)(0, 0, 0, 1)",
        "libc.timer_create(0, event, ctypes.byref(Timer.one))",
        "def left(get, timer): get(timer, Timer.told); return Timer.told[2] + Timer.told[3] / 1e9",
        "in_a_while = lambda now: (ctypes.c_long * 4)(7, 0, int(now) + 1200, 0)",
    ] {
        inside.asks(line);
    }
    let mut strike = inside.begin(&["shift_clock", "by=1h", "duration=600"]);
    inside.comes_to("time.time()", |told| off(told) > 3000.0);
    for (set, left) in [
        (
            "libc.timerfd_settime(timers[0], 1, in_a_while(time.time()), None)",
            "left(libc.timerfd_gettime, timers[0])",
        ),
        (
            "libc.timerfd_settime(timers[1], 1, in_a_while(time.monotonic()), None)",
            "left(libc.timerfd_gettime, timers[1])",
        ),
        (
            "libc.timer_settime(Timer.one, 1, in_a_while(time.time()), None)",
            "left(libc.timer_gettime, Timer.one)",
        ),
        // In a while, and not at a time.
        ("libc.timerfd_settime(timers[0], 0, in_a_while(0), None)", "left(libc.timerfd_gettime, timers[0])"),
    ] {
        assert_eq!(inside.asks(set), 0, "{set}");
        let left = inside.asks(left).as_f64().unwrap();
        assert!(0.0 < left && left < 1202.0, "{set}: {left}");
    }
    assert_eq!(inside.asks("Timer.told[0]"), 7, "how often it comes back is left as it is");
    // It is ended, and not set.
    inside.asks("libc.timerfd_settime(timers[0], 1, (ctypes.c_long * 4)(), None)");
    assert_eq!(inside.asks("left(libc.timerfd_gettime, timers[0])"), 0.0);
    inside.host.take().unwrap().stop();
    strike.exit_code();
    inside.end();
}
