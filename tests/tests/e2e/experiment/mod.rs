//! `chaos-kitty experiment`: each verdict and each exit code, on real hosts, victims and probes.

mod files;
mod interruption;
mod progress;
mod reports;
mod stage;
mod verdicts;

/// Short delays, often.
const SHORT: &str = "[[instance]]\noperation = \"hairball\"\n\
    parameters = { interval = \"100ms\", probability = 1, min_delay = \"30ms\", max_delay = \"60ms\" }\n";

/// One delay that would last for longer than anybody waits.
const ENDLESS: &str = "[[instance]]\noperation = \"hairball\"\n\
    parameters = { interval = \"100ms\", probability = 1, min_delay = \"10m\", max_delay = \"11m\" }\n";
