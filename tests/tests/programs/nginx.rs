//! nginx under load: every request has the right bytes, or an error of the fault's own kind, and afterwards all are right.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chaos_kitty_tests::{Job, Json, PATIENCE, Package, Signal, comes_true, let_pass, vitals};

use crate::http::{Client, Page};
use crate::scene::{Scene, quoted};
use crate::strike::{Strike, hits};

const NGINX: Package = Package { name: "nginx", program: "/usr/sbin/nginx" };
/// Clients at once.
const CLIENTS: usize = 4;
/// Requests of each, in one load.
const MOST: usize = 2000;

const CONFIGURATION: &str = "daemon off; user root; worker_processes 2; error_log error.log info; pid nginx.pid;
events { worker_connections 64; accept_mutex off; }
http {
  access_log off; keepalive_requests 100; default_type text/plain;
  client_body_temp_path t/1; proxy_temp_path t/2; fastcgi_temp_path t/3; uwsgi_temp_path t/4; scgi_temp_path t/5;
  server { listen unix:SOCKET; root pages; sendfile off; location /sent { sendfile on; } }
}
";

/// What it serves.
struct Pages {
    small: Vec<u8>,
    large: Vec<u8>,
}

impl Pages {
    fn new() -> Self {
        let large = (0..200_000_u32).flat_map(u32::to_le_bytes).take(300_000).collect();
        Self { small: b"a small page\n".to_vec(), large }
    }

    fn is_right(&self, path: &str, page: &Page) -> bool {
        page.status == 200 && page.body == if path.ends_with("small") { &*self.small } else { &*self.large }
    }
}

/// A server with two workers.
pub(crate) struct Nginx {
    pages: Pages,
    job: Job,
    pub(crate) scene: Scene,
}

/// What came of a load.
struct Load {
    right: usize,
    /// Pages that are none of ours, by their status.
    errors: Vec<u16>,
    broken: Vec<io::ErrorKind>,
}

impl Nginx {
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// With this at the beginning of its configuration.
    #[track_caller]
    fn start_with(more: &str) -> Option<Self> {
        let program = NGINX.program()?;
        let scene = Scene::new();
        let pages = Pages::new();
        std::fs::create_dir_all(scene.path().join("pages/sent")).unwrap();
        std::fs::create_dir(scene.path().join("t")).unwrap();
        for folder in ["pages", "pages/sent"] {
            scene.file(&format!("{folder}/small"), &pages.small);
            scene.file(&format!("{folder}/large"), &pages.large);
        }
        let socket = scene.path().join("nginx.sock");
        scene.file(
            "nginx.conf",
            format!("{more}{}", CONFIGURATION.replace("SOCKET", &socket.display().to_string())),
        );
        // Few enough descriptors to be taken.
        let line = format!(
            "ulimit -n 256; exec {} -p {} -c nginx.conf -e error.log",
            quoted(&program),
            quoted(scene.path())
        );
        let job = scene.inside("nginx", &line);
        let nginx = Self { pages, job, scene };
        assert!(comes_true(PATIENCE, || nginx.client().get("/small").is_ok()), "{}", nginx.log());
        Some(nginx)
    }

    fn socket(&self) -> PathBuf {
        self.scene.path().join("nginx.sock")
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(&self.socket())
    }

    pub(crate) fn pid(&self) -> i32 {
        self.job.pid()
    }

    pub(crate) fn job(&mut self) -> &mut Job {
        &mut self.job
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.scene.path().join("error.log")).unwrap_or_default()
    }

    fn strike(&self, method: &str, options: &[&str]) -> Strike {
        self.scene.strike("nginx", method, options)
    }

    /// Clients get pages until the strike is over.
    #[track_caller]
    fn load(&self, strike: &Strike) -> Load {
        let over = AtomicBool::new(false);
        let (pages, socket) = (&self.pages, self.socket());
        let one = || {
            let mut load = Load { right: 0, errors: Vec::new(), broken: Vec::new() };
            let mut client = Client::of(&socket);
            for path in ["/small", "/large", "/sent/large", "/sent/small"].iter().cycle().take(MOST) {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                match client.get(path) {
                    Ok(page) if pages.is_right(path, &page) => load.right += 1,
                    Ok(page) => {
                        assert_ne!(page.status, 200, "{path}: other bytes than there are");
                        load.errors.push(page.status);
                    }
                    Err(error) => load.broken.push(error.kind()),
                }
            }
            load
        };
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(one)).collect();
            strike.meanwhile(|| let_pass(Duration::from_millis(2)));
            over.store(true, Ordering::Relaxed);
            let loads = clients.into_iter().map(|client| client.join().unwrap());
            loads
                .reduce(|mut all, mut one| {
                    all.right += one.right;
                    all.errors.append(&mut one.errors);
                    all.broken.append(&mut one.broken);
                    all
                })
                .unwrap()
        })
    }

    /// Strikes it under load.
    #[track_caller]
    fn under(&self, method: &str, options: &[&str]) -> (Load, Json) {
        let strike = self.strike(method, options);
        let load = self.load(&strike);
        (load, strike.lasting())
    }

    /// Everything is right again, and it ends as it should.
    #[track_caller]
    pub(crate) fn ends_well(mut self) {
        let mut client = self.client();
        for path in ["/small", "/large", "/sent/large", "/sent/small"].iter().cycle().take(40) {
            let page = client.get(path).unwrap();
            assert!(self.pages.is_right(path, &page), "{path}: {}", page.status);
        }
        self.job.wrapper().signal(Signal::TERM);
        assert_eq!(self.job.wrapper().exit_code(), 0, "{}", self.log());
        self.scene.end();
    }
}

#[test]
fn slow_and_short_answers_arrive_whole() {
    let Some(nginx) = Nginx::start() else { return };
    // Two rules at once: each answer is sent in pieces, and each piece waits.
    let late = nginx
        .strike("disturb", &["calls=write,send", "address=unix:*", "delay=1ms", "rate=0.2", "duration=20"]);
    for options in [
        &["calls=write,send", "address=unix:*", "share=0.1", "times=500", "duration=20"][..],
        &["calls=write,send", "address=unix:*", "delay=10ms", "times=50", "duration=20"],
        &["calls=read,recv", "address=unix:*", "share=0.1", "times=200", "duration=20"],
    ] {
        let (load, outcome) = nginx.under("disturb", options);
        assert!(load.errors.is_empty() && load.broken.is_empty(), "{:?} {:?}", load.errors, load.broken);
        assert!(load.right > 0, "{outcome}");
    }
    drop(late);
    nginx.ends_well();
}

#[test]
fn a_disk_that_gives_less_than_there_is_ends_the_answer_and_never_falsifies_it() {
    let Some(nginx) = Nginx::start() else { return };
    let options = ["calls=read", "path=*/pages/large", "share=0.5", "times=10", "duration=20"];
    let (load, outcome) = nginx.under("disturb", &options);
    assert_eq!(hits(&outcome), 10);
    assert!(load.errors.is_empty() && load.right > 0, "{:?}", load.errors);
    assert_eq!(load.broken, vec![io::ErrorKind::UnexpectedEof; 10]);
    assert!(nginx.log().contains("read only"), "{}", nginx.log());
    nginx.ends_well();
}

#[test]
fn connections_that_are_reset_are_lost_and_no_others() {
    let Some(nginx) = Nginx::start() else { return };
    let options = ["calls=recv,read", "address=unix:*", "errno=ECONNRESET", "times=40", "duration=20"];
    let (load, outcome) = nginx.under("disturb", &options);
    assert_eq!(hits(&outcome), 40);
    // A client that went away, and whose end was not heard because of that, lost nothing.
    assert!((1..=40).contains(&load.broken.len()), "{:?}", load.broken);
    let kinds = [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    assert!(load.broken.iter().all(|kind| kinds.contains(kind)), "{:?}", load.broken);
    assert!(load.right > 0 && load.errors.is_empty());
    nginx.ends_well();
}

#[test]
fn connections_that_are_not_accepted_wait() {
    let Some(nginx) = Nginx::start() else { return };
    // Of too many open files it rests for half a second.
    for (errno, times, says) in [("ECONNABORTED", 50, "failed (103"), ("EMFILE", 4, "failed (24")] {
        let (errno, limit) = (format!("errno={errno}"), format!("times={times}"));
        let strike = nginx.strike("disturb", &["calls=accept", &errno, &limit, "duration=20"]);
        strike.meanwhile(|| assert!(nginx.pages.is_right("/small", &nginx.client().get("/small").unwrap())));
        assert_eq!(hits(&strike.effective()), times);
        assert!(nginx.log().contains(&format!("accept4() {says}")), "{}", nginx.log());
    }
    nginx.ends_well();
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_of_its_own_and_others_are_served() {
    let Some(nginx) = Nginx::start() else { return };
    for (errno, status) in [("EMFILE", 500), ("EACCES", 403), ("ENOENT", 404)] {
        let errno = format!("errno={errno}");
        let options = ["calls=open", "path=*/pages/small", &errno, "times=20", "duration=20"];
        let (load, _) = nginx.under("disturb", &options);
        assert_eq!(load.errors, vec![status; 20], "{errno}");
        assert!(load.broken.is_empty() && load.right > 0, "{:?}", load.broken);
    }
    nginx.ends_well();
}

#[test]
fn its_workers_are_struck_and_not_its_master_alone() {
    let Some(nginx) = Nginx::start() else { return };
    let workers = vitals::children(nginx.pid());
    assert_eq!(workers.len(), 2);
    // The master opens no page and accepts nobody: each hit above and here is one of a worker's.
    let strike = nginx.strike("freeze", &["duration=700ms"]);
    let stopped = || workers.iter().all(|worker| vitals::is_stopped(*worker));
    assert!(comes_true(PATIENCE, || strike.is_over() || stopped()) && !strike.is_over());
    let load = nginx.load(&strike);
    let outcome = strike.lasting();
    assert_eq!(outcome["observed"]["processes"], 3, "{outcome}");
    assert!(load.errors.is_empty() && load.broken.is_empty(), "who waits is served: {:?}", load.broken);
    assert!(!stopped());
    let (load, outcome) = nginx.under("delay", &["point=*:unix:*", "duration=500ms"]);
    assert!(hits(&outcome) > 0 && load.broken.is_empty(), "{outcome}");
    nginx.ends_well();
}

#[test]
fn a_clock_that_jumps_is_told_to_clients_and_comes_back() {
    let Some(nginx) = Nginx::start() else { return };
    let mut client = nginx.client();
    let year = |page: Page| page.date.split(' ').nth(3).and_then(|year| year.parse::<u32>().ok()).unwrap();
    let this = year(client.get("/small").unwrap());
    // Two years.
    let strike = nginx.strike("shift_clock", &["by=-63072000", "duration=1"]);
    let mut years = Vec::new();
    strike.meanwhile(|| years.push(year(client.get("/small").unwrap())));
    assert!(hits(&strike.effective()) > 0);
    assert!(years.iter().any(|year| *year < this), "{years:?}");
    assert!(comes_true(PATIENCE, || year(client.get("/small").unwrap()) >= this));
    nginx.ends_well();
}

#[test]
fn what_is_taken_is_felt_by_its_master_and_by_who_serves_where_that_is_the_same() {
    for (more, errors) in [("", 0), ("master_process off; ", 1)] {
        let Some(nginx) = Nginx::start_with(more) else { return };
        let mut client = nginx.client();
        assert!(nginx.pages.is_right("/small", &client.get("/small").unwrap()));
        let strike = nginx.strike("take_descriptors", &["leave=0", "duration=3"]);
        assert!(comes_true(PATIENCE, || strike.is_over() || vitals::descriptors(nginx.pid()) == 256));
        let mut failed = 0;
        // It would be closed after so many requests, and no other is accepted.
        for _ in 0..20 {
            let page = client.get("/small").unwrap();
            assert!(page.status == 500 || nginx.pages.is_right("/small", &page), "{}", page.status);
            failed += usize::from(page.status == 500);
        }
        assert!(failed >= errors && (errors > 0 || failed == 0), "{more}: {failed}");
        assert_eq!(strike.effective()["observed"]["left"], 0);
        nginx.ends_well();
    }
}
