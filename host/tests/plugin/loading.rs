//! Plugins that are loaded, and what becomes of their files meanwhile.

use std::fs;
use std::sync::Arc;

use chaos_kitty::plugin::{Library, Operation, PrivateCopy, PrivateDirectory};
use chaos_kitty_bus::{Value, encode_value};

use crate::support::ground::PretendGround;
use crate::support::{build, construct, load, victim};

fn defaults(library: &Library, name: &str, ground: &Arc<PretendGround>) -> Operation {
    construct(library, name, &[], ground).unwrap()
}

#[tokio::test]
async fn the_five_say_over_the_wire_what_was_recorded() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let statuses = ["hairball", "floop", "zoomies", "yowl", "scratch"].map(|name| {
        let operation = defaults(&load(build::package(name)), name, &ground);
        operation.register(&victim(1, "cat")).unwrap();
        Value::map([(name, operation.status().unwrap())])
    });
    let mut bytes = Vec::new();
    encode_value(&Value::Array(statuses.into()), &mut bytes).unwrap();
    let ours: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();

    let recording = include_str!("../../../tests/fixtures/wire/operator-session.json");
    let recorded: serde_json::Value = serde_json::from_str(recording).unwrap();
    let messages = recorded.as_array().or_else(|| recorded["messages"].as_array()).unwrap();
    let hex = messages.iter().filter_map(|message| message["hex"].as_str());
    // The answer's last part is its result.
    assert_eq!(hex.filter(|hex| hex.ends_with(&ours)).count(), 1, "{ours}");
}

#[tokio::test]
async fn instances_of_one_library_have_parameters_of_their_own() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let library = load(build::package("scratch"));
    let signals = ["HUP", "USR1"].map(|signal| {
        let operation = construct(&library, signal, &[("signal", signal.into())], &ground).unwrap();
        operation.status().unwrap().get("signal").unwrap().as_str().unwrap().to_owned()
    });
    assert_eq!(signals, ["HUP", "USR1"]);
}

#[tokio::test]
async fn the_file_may_be_overwritten_and_replaced_under_a_running_plugin() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let (directory, private) = (tempfile::tempdir().unwrap(), PrivateDirectory::new().unwrap());
    let file = directory.path().join("libit.so");
    fs::copy(build::package("hairball"), &file).unwrap();
    let hairball = PrivateCopy::of(&file, &private).and_then(|copy| copy.load()).unwrap();
    let operation = defaults(&hairball, "it", &ground);

    fs::write(&file, b"overwritten in place").unwrap();
    assert!(operation.status().unwrap().get("delay_range").is_some());
    assert!(PrivateCopy::of(&file, &private).and_then(|copy| copy.load()).is_err());

    let fresh = directory.path().join("fresh");
    fs::copy(build::package("floop"), &fresh).unwrap();
    fs::rename(&fresh, &file).unwrap();
    let floop = PrivateCopy::of(&file, &private).and_then(|copy| copy.load()).unwrap();
    assert_eq!(floop.manifest().name, "floop");
    assert!(floop.generation() > hairball.generation());
    assert!(defaults(&floop, "it", &ground).status().unwrap().get("size_range_mb").is_some());
    assert!(operation.status().unwrap().get("delay_range").is_some());
}

#[tokio::test]
async fn where_no_file_can_be_executed_it_is_loaded_from_memory() {
    let (ground, _strikes) = PretendGround::new(&[]);
    let private = PrivateDirectory::new().unwrap().in_memory();
    for name in ["hairball", "floop"] {
        let library = PrivateCopy::of(build::package(name), &private).and_then(|copy| copy.load()).unwrap();
        assert_eq!(library.manifest().name, name);
        let status = defaults(&library, name, &ground).status().unwrap();
        assert_eq!(status.get("delay_range").is_some(), name == "hairball");
    }
    assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0, "nothing lies on the disk");
}
