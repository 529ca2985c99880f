//! The work load of the host's demo, as a process.
#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
#![expect(unsafe_code, reason = "what a child does with signals is set between fork and exec")]

mod pretend_host;
mod running;

use std::io::Read;
use std::process::{Command, Stdio};

use chaos_kitty_bus::{Request, Value};
use pretend_host::{Manner, PretendHost};
use running::{Running, line, output};

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_work_is_visible_and_can_be_struck() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let mut host = PretendHost::at(&socket, Manner::Ours);
    let mut command = Command::new(env!("CARGO_BIN_EXE_chaos-kitty-worker"));
    command.args(["demo-work", "--name", "orders", "--report-every-ms", "20", "--socket"]).arg(&socket);
    let mut child = Running::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut said = output(&mut child);
    let victim = host.registered().await;
    let raise = Request::new("raise_error").option("message", "hiss").option("effect", 1).option("lease", 20);
    assert_eq!(
        victim.call(raise).await.unwrap().get("raised"),
        Some(&Value::Int(1)),
        "it passes its fault point"
    );
    // The answer may be here before the application has counted its error.
    let counted = async {
        while victim.call(Request::new("orders")).await.unwrap().get("failed") != Some(&Value::Int(1)) {}
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), counted)
        .await
        .expect("its own method tells of the error");
    let failed = loop {
        let figures: serde_json::Value = serde_json::from_str(&line(&mut said)).unwrap();
        assert_eq!(
            (figures["name"].as_str(), figures["pid"].as_u64()),
            (Some("orders"), Some(child.0.id().into()))
        );
        for figure in ["throughput", "p50_ms", "p99_ms", "max_ms", "resident_mb", "cpu", "work_done"] {
            assert!(figures[figure].is_number(), "{figure}: {figures}");
        }
        if figures["errors"] == 1 {
            break figures;
        }
    };
    assert!(failed["resident_mb"].as_f64() > Some(0.0));
    drop(child.0.stdin.take()); // its end
    assert!(child.0.wait().unwrap().success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
}
