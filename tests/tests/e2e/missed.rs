//! A delay that cannot stop all of a wrapped program's processes says so.

use chaos_kitty_tests::Nest;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::wrapped::host_and;

#[test]
fn a_delay_whose_guard_has_too_few_descriptors_is_partial() {
    let nest = Nest::new();
    let script = "exec 3<&0
        for child in 1 2 3 4 5; do sh -c 'read end; exit' <&3 & done
        echo '{\"ready\": 1}'
        read end; exit 5";
    let (host, mut job) = host_and(&nest, nest.job("job"), script);
    job.said("ready");
    // Its own are about five, one is kept for each that is stopped, and two are needed for a look.
    let few = Rlimit { current: Some(8), maximum: Some(8) };
    prlimit(Pid::from_raw(job.guard()), Resource::Nofile, few).unwrap();
    let outcome = nest.operator().ask(&["call", "job", "delay", "duration=1"]);
    assert_eq!(outcome["verdict"], "partial", "{outcome}");
    let observed = |key: &str| outcome["observed"][key].as_u64().unwrap();
    assert!(observed("processes") >= 1 && observed("missed") >= 1, "{outcome}");
    assert_eq!(observed("processes") + observed("missed"), 6, "{outcome}");
    for figure in ["processes", "missed"] {
        assert_eq!(outcome["seen"][figure], outcome["observed"][figure], "the host sees it too: {outcome}");
    }
    assert!(
        outcome["observed"]["seconds_held"].as_f64().unwrap() > 0.0,
        "who was stopped was held: {outcome}"
    );
    assert_eq!(job.end(), 5);
    host.stop();
}
