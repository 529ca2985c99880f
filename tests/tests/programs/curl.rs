//! curl: its exit codes are those of the fault that it met.

use chaos_kitty_tests::{Package, Site};

use crate::scene::{Scene, quoted};
use crate::strike::hits;

const CURL: Package = Package { name: "curl", program: "/usr/bin/curl" };

#[test]
fn its_exit_code_tells_what_it_met() {
    let Some(curl) = CURL.program() else { return };
    let scene = Scene::new();
    let site = Site::new();
    let port = site.address().rsplit_once(':').map(|(_, port)| format!("port={port}")).unwrap();
    let url = site.url();
    for (url, options, code) in [
        (&*url, &["calls=connect", "errno=ECONNREFUSED", &port][..], 7),
        (&url, &["calls=connect", "errno=ETIMEDOUT", &port], 28),
        // Longer than the time that it is given below.
        (&url, &["calls=connect", "delay=3", &port], 28),
        (&url, &["calls=recv,read", "errno=ECONNRESET", &port], 56),
        (&url, &["calls=send,write", "errno=EPIPE", &port], 55),
        (&url, &["calls=recv,read", "share=0.1", &port], 0),
        ("http://kitty.invalid/", &["calls=getaddrinfo", "errno=ENOENT", "address=kitty.*"], 6),
        ("http://kitty.invalid/", &["calls=getaddrinfo", "errno=EAGAIN", "address=kitty.*"], 6),
    ] {
        let line = format!("exec {} -sS --max-time 2 -o page {url}", quoted(&curl));
        let mut job = scene.waiting("curl", &line);
        let all = [options, &["duration=60"]].concat();
        let strike = scene.strike("curl", "disturb", &all);
        scene.let_go("curl");
        let said = format!("{options:?}: {}", job.wrapper().complained().shown());
        assert_eq!(job.wrapper().exit_code(), code, "{said}");
        let outcome = strike.effective();
        assert!(hits(&outcome) > 0, "{outcome}");
        scene.host().left(outcome["victim"]["id"].as_u64().unwrap());
    }
    scene.end();
}
