//! A dry run counts what it leaves out.

use chaos_kitty_tests::Nest;

use super::{listed, refused};

#[test]
fn an_effect_of_a_dry_run_counts_for_as_long_as_it_would_last() {
    let nest = Nest::new();
    let plan = nest.host().configuration(super::limited("[limits]\neffects = 1\n"));
    let host = plan.arguments(["--dry-run"]).start();
    let web = nest.victim("web").idle().start();
    host.registered(web.pid());
    let operator = nest.operator();
    // Its outcome is there at once, and it counts only as long as it would last: another one is let pass.
    for _ in 0..2 {
        operator.until("an effect would be done", || {
            operator.run(&["call", "web", "delay", "duration=100ms"]).code == 0
        });
    }
    operator.until("a long one would be done", || {
        operator.run(&["call", "web", "delay", "duration=1h"]).code == 0
    });
    let words = "1 effect is under way, and [limits] allows 1 at once";
    refused(&host, &operator, &["web", "delay", "duration=1ms"], "effects_at_once", &[words]);
    assert_eq!(listed(&operator, "effects_at_once")["now"], 1);
    assert_eq!(operator.ask(&["status"])["host"]["active"], 0, "and nothing is under way");
    // It holds up nobody's end.
    host.stop();
}
