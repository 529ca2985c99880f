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
        (&url, &["calls=recv,read", "errno=ECONNRESET", &port], 56),
        (&url, &["calls=send,write", "errno=EPIPE", &port], 55),
        (&url, &["calls=write", "errno=ENOSPC", "path=*/page"], 23),
        (&url, &["calls=recv,read", "share=0.1", &port], 0),
        ("http://kitty.invalid/", &["calls=getaddrinfo", "errno=ENOENT", "address=kitty.*"], 6),
        ("http://kitty.invalid/", &["calls=getaddrinfo", "errno=EAGAIN", "address=kitty.*"], 6),
    ] {
        let line = format!("exec {} -sS --max-time 20 -o page {url}", quoted(&curl));
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

#[test]
fn it_gives_up_on_an_answer_that_comes_a_few_bytes_at_a_time_and_slowly() {
    let Some(curl) = CURL.program() else { return };
    let scene = Scene::new();
    let site = Site::new();
    let port = site.address().rsplit_once(':').map(|(_, port)| format!("port={port}")).unwrap();
    let line = format!("exec {} -sS --max-time 1 -o page {}", quoted(&curl), site.url());
    let mut job = scene.waiting("curl", &line);
    let calls = ["calls=recv,read", &port, "duration=60"];
    // Of its 100 KiB at once, six bytes; and each time it waits. The answer has some seventy.
    let few = scene.strike("curl", "disturb", &[&calls[..], &["share=0.0001"]].concat());
    let slow = scene.strike("curl", "disturb", &[&calls[..], &["delay=300ms"]].concat());
    scene.let_go("curl");
    assert_eq!(job.wrapper().exit_code(), 28, "{}", job.wrapper().complained().shown());
    assert!(hits(&few.effective()) > 1 && hits(&slow.effective()) > 1);
    scene.end();
}
