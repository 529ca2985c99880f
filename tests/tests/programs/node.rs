//! A small server of node's.

use std::io;

use chaos_kitty_tests::{PATIENCE, Package, Signal, comes_true, wall};

use crate::http::Client;
use crate::scene::{Scene, quoted};
use crate::strike::{LENGTHS, hits};

const NODE: Package = Package { name: "nodejs", program: "/usr/bin/node" };

const PROGRAM: &str = r"
const http = require('http'), dns = require('dns'), fs = require('fs');
http.createServer((request, response) => {
  const path = request.url.slice(1);
  if (path === 'now') response.end(String(Date.now()));
  else if (path === 'file') fs.readFile('served', (error, data) => response.end(error ? error.code : data));
  else dns.lookup(path, (error, address) => response.end(error ? error.code : 'found'));
}).listen('node.sock');
";

#[test]
fn it_tells_of_names_files_and_times_what_it_is_told() {
    let Some(node) = NODE.program() else { return };
    let scene = Scene::new();
    let file = scene.file("server.js", PROGRAM);
    scene.file("served", "a file");
    let mut job = scene.inside("node", &format!("exec {} {}", quoted(&node), quoted(&file)));
    let mut client = Client::of(&scene.path().join("node.sock"));
    let mut get = |path: &str| client.get(path).map(|page| page.text());
    let mut got = String::new();
    assert!(comes_true(PATIENCE, || get("/file").map(|text| got = text).is_ok()));
    assert_eq!(got, "a file");

    for (path, options, said) in [
        // No name is asked for in the network: it fails before.
        ("/kitty.invalid", ["calls=getaddrinfo", "address=kitty.*", "errno=EAGAIN"], "EAI_AGAIN"),
        ("/kitty.invalid", ["calls=getaddrinfo", "address=kitty.*", "errno=ENOENT"], "ENOTFOUND"),
        ("/file", ["calls=open", "path=*/served", "errno=EACCES"], "EACCES"),
        ("/file", ["calls=read", "path=*/served", "errno=EIO"], "EIO"),
    ] {
        let all = [&options[..], &["times=2", "duration=20"]].concat();
        let strike = scene.strike("node", "disturb", &all);
        let mut seen = 0;
        strike.meanwhile(|| seen += usize::from(get(path).unwrap() == said));
        assert_eq!(hits(&strike.effective()), 2);
        assert!(seen >= 2, "{options:?}");
    }

    let ahead = |text: &str| text.parse::<u128>().unwrap() > wall().as_millis() + 3_000_000;
    let has_jumped = LENGTHS.into_iter().any(|length| {
        let strike = scene.strike("node", "shift_clock", &["by=1h", length]);
        let mut jumped = false;
        strike.meanwhile(|| jumped |= ahead(&get("/now").unwrap()));
        jumped && hits(&strike.effective()) > 0
    });
    assert!(has_jumped);
    assert!(!ahead(&get("/now").unwrap()));

    let options = ["calls=read,recv", "address=unix:*", "errno=ECONNRESET", "times=2", "duration=20"];
    let strike = scene.strike("node", "disturb", &options);
    let mut lost = Vec::new();
    strike.meanwhile(|| lost.extend(get("/file").err().map(|error| error.kind())));
    assert_eq!(hits(&strike.effective()), 2);
    assert!(!lost.is_empty() && lost.iter().all(|kind| *kind != io::ErrorKind::InvalidData), "{lost:?}");

    for (method, options) in [
        ("freeze", &["duration=400ms"][..]),
        ("cpu_spin", &["duration=200ms", "--lease", "20s"]),
        ("allocate_memory", &["size_mb=32", "hold_duration=200ms"]),
        ("disturb", &["calls=malloc", "delay=1ms", "times=20", "duration=20"]),
        ("disturb", &["calls=write,send", "address=unix:*", "share=0.2", "times=30", "duration=20"]),
    ] {
        let strike = scene.strike("node", method, options);
        strike.meanwhile(|| assert_eq!(get("/file").unwrap(), "a file", "{method}"));
        strike.lasting();
    }
    assert_eq!(get("/file").unwrap(), "a file");
    job.wrapper().signal(Signal::TERM);
    assert_eq!(job.wrapper().exit_code(), 128 + 15);
    scene.end();
}
