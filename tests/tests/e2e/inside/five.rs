//! The five operations as they ship, on a program that knows nothing of us and has the library in it: what the host
//! measured, and what the program saw.

use chaos_kitty_tests::{Host, Json, Nest, vitals};

const FIVE: &str = r#"
version = 1
[[instance]]
operation = "hairball"
parameters = { interval = "200ms", probability = 1, min_delay = "300ms", max_delay = "400ms" }
[[instance]]
operation = "floop"
parameters = { interval = "200ms", probability = 1, min_size_mb = 40, max_size_mb = 60, hold_duration = "200ms" }
[[instance]]
operation = "zoomies"
parameters = { interval = "200ms", probability = 1, min_duration = "50ms", max_duration = "80ms" }
[[instance]]
operation = "yowl"
parameters = { interval = "200ms", probability = 1 }
[[instance]]
operation = "scratch"
parameters = { interval = "200ms", probability = 1, signal = "USR1" }
"#;

/// It writes all the time, and says what it notices, once each time.
const PROGRAM: &str = r"
import errno, json, os, signal, sys, time
def say(**what):
    line = (json.dumps(what) + '\n').encode()
    while True:
        try:
            return os.write(1, line)
        except OSError:
            pass
signal.signal(signal.SIGUSR1, lambda *_: say(signal='USR1'))
path, end = sys.argv[1:]
say(ready=True)
while not os.path.exists(end):
    begun = time.monotonic()
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.pwrite(file, b'x', 0)
        os.close(file)
    except OSError as error:
        say(failed=errno.errorcode[error.errno])
    taken = time.monotonic() - begun
    if taken > 0.2:
        say(held=taken)
    time.sleep(0.002)
";

/// An outcome that was effective, of this method.
fn effective(host: &Host, method: &str) -> Json {
    host.record(&format!("an effective {method}"), |record| {
        record["record"] == "outcome" && record["method"] == method && record["verdict"] == "effective"
    })
}

#[test]
fn the_five_strike_it_it_feels_them_and_everything_is_put_back() {
    let nest = Nest::new();
    let host = nest.host().configuration(FIVE).arguments(["--paused"]).start();
    let program = nest.file("program.py", PROGRAM);
    let [file, end] = ["file", "end"].map(|name| nest.path().join(name));
    let script = format!("exec python3 {} {} {}", program.display(), file.display(), end.display());
    let mut job = nest.job(super::NAME).inside().start(&script);
    host.registered(super::NAME);
    // A Python that fails to read its own library ends, as it should.
    job.log().wait("that it has begun", |line| line["ready"] == true);
    nest.operator().ask(&["resume"]);

    let delay = effective(&host, "delay");
    let (asked, held) = (delay["asked"]["duration"].as_f64(), delay["observed"]["seconds_held"].as_f64());
    assert!((0.3..=0.4).contains(&asked.unwrap()) && held.unwrap() >= asked.unwrap() * 0.9, "{delay}");
    job.log().wait("that it is held", |line| line["held"].is_number());

    let memory = effective(&host, "allocate_memory");
    let size = memory["observed"]["resident_mb"].as_f64().unwrap();
    assert!((40.0..=60.0).contains(&size), "{memory}");
    assert!(vitals::peak_mb(job.pid()) >= 40.0, "it is the program's own: {memory}");

    let spin = effective(&host, "cpu_spin");
    let burnt = spin["observed"]["cpu_seconds"].as_f64().unwrap();
    assert!((0.045..0.6).contains(&burnt), "{spin}");
    let used = vitals::cpu_seconds(job.pid());
    assert!(used >= burnt - 0.02, "the kernel counts {used} s of CPU, and {burnt} were reported");

    effective(&host, "raise_error");
    job.log().wait("that it fails", |line| line["failed"] == "EIO");

    let signal = effective(&host, "signal");
    assert_eq!((&signal["asked"]["signal"], &signal["observed"]["fate"]), (&"USR1".into(), &"caught".into()));
    job.log().wait("the signal", |line| line["signal"] == "USR1");

    nest.operator().ask(&["pause"]);
    nest.operator().until_nothing_is_active();
    // Of 40 MiB or more nothing is left, and its own is some 10.
    assert!(vitals::resident_mb(job.pid()) < 40.0, "{} MiB are left", vitals::resident_mb(job.pid()));
    std::fs::write(end, "").unwrap();
    assert_eq!(job.wrapper().exit_code(), 0, "{}", job.wrapper().complained().shown());
    host.stop();
}
