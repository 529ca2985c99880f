//! Servers that no one here wrote, under load, with the library in them and without: what a request takes of their
//! processor. Each round has three servers of its own, since a process keeps what it was dealt in memory; two are bare:
//! what these differ by is what the machine differs by.

use crate::placement::Placement;
use chaos_kitty_figures::{Figure, Series, Table, Target, Unit};
use chaos_kitty_tests::{Nest, Process, Signal, Workspace, vitals};
use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::process::Command;

/// What is measured, by what it needs. A load takes some tenth of a second: the machine is the same for all three of a round.
const SERVED: [Served; 2] = [
    Served {
        what: "redis, 16 requests at a time",
        needs: ["redis-server", "redis-benchmark"],
        server: redis,
        rounds: 61,
        laps: 6,
    },
    Served { what: "nginx under wrk", needs: ["nginx", "wrk"], server: nginx, rounds: 61, laps: 6 },
];

/// What may be more than the control's deviation.
const MOST: f64 = 0.01;

/// How often a load is made that no request came of.
const ATTEMPTS: usize = 10;

/// Measures redis and nginx, where they are installed.
pub(crate) fn measure(table: &mut Table) {
    let nest = Nest::new();
    for served in SERVED {
        let missing =
            served.needs.into_iter().find(|program| Command::new(program).arg("-v").output().is_err());
        if let Some(missing) = missing {
            eprintln!("{missing} is not installed: {} is not measured", served.what);
            continue;
        }
        // The load has a processor of its own.
        let placement = Placement::two().unwrap_or(Placement::Anywhere);
        let placed = placement.place();
        let rounds: Vec<Round> =
            (0..served.rounds).map(|number| Round::of(number, &nest, &served, placement)).collect();
        drop(placed);
        table.add(figure(served.what, &rounds));
    }
}

/// A kind of server, and how it is measured.
struct Served {
    what: &'static str,
    needs: [&'static str; 2],
    server: fn(&Nest, usize, bool) -> Server,
    rounds: usize,
    /// How often all three of a round are put under load, there and back.
    laps: usize,
}

/// Seconds of a processor for each request, in one round.
struct Round {
    bare: f64,
    inside: f64,
    control: f64,
}

impl Round {
    /// Each of the three is first as often as last: there and back, from another one on each time.
    fn of(number: usize, nest: &Nest, served: &Served, placement: Placement) -> Self {
        let mut servers = [0, 1, 2].map(|at| (served.server)(nest, at, at == 1));
        servers.iter().for_each(|server| placement.put(server.pid));
        let order = [0, 1, 2].map(|at: usize| (at + number) % 3);
        let lap = order.into_iter().chain(order.into_iter().rev());
        for at in (0..served.laps).flat_map(|_| lap.clone()) {
            servers[at].serves();
        }
        let [bare, inside, control] = servers.map(|server| server.seconds / server.requests);
        Self { bare, inside, control }
    }
}

fn figure(what: &str, rounds: &[Round]) -> Figure {
    let series = |of: fn(&Round) -> f64| Series::of(rounds.iter().map(of));
    let more = series(|round| round.inside / f64::midpoint(round.bare, round.control) - 1.0);
    let control = series(|round| round.control / round.bare - 1.0);
    let deviation = control.median().abs();
    let without = series(|round| f64::midpoint(round.bare, round.control)).median();
    let middle =
        |series: &Series| format!("{:+.1} to {:+.1} %", series.at(0.25) * 100.0, series.at(0.75) * 100.0);
    let note = format!(
        "{:.3} µs a request without; {} rounds of servers of their own, of which the middle half is {}, and of the control {}",
        without * 1e6,
        rounds.len(),
        middle(&more),
        middle(&control)
    );
    let what = format!("CPU time of a request with the library in it, over one without: {what}");
    let figure = Figure::new("inside", what, more.median(), Unit::Share);
    figure.beside("control: two without", deviation).target(Target::AtMost(MOST + deviation)).note(note)
}

/// A server, and what puts it under load.
struct Server {
    process: Process,
    pid: i32,
    load: Command,
    /// How many requests the load says that it has made.
    count: fn(&str) -> f64,
    /// What it has served, in how many seconds of its processor.
    requests: f64,
    seconds: f64,
}

impl Server {
    /// Starts one, and waits until it answers.
    fn start(
        nest: &Nest,
        name: &str,
        inside: bool,
        line: &[&str],
        load: Command,
        count: fn(&str) -> f64,
    ) -> Self {
        let worker = Workspace::built().worker().as_os_str();
        let before = ["--inside", "--name", name, "--"].map(OsStr::new);
        let before = if inside { [&[worker][..], &before].concat() } else { Vec::new() };
        let mut all = before.into_iter().chain(line.iter().map(OsStr::new));
        let mut command = nest.command(all.next().expect("a program"));
        let process = Process::start(name, command.args(all));
        let mut server = Self { pid: process.pid(), process, load, count, requests: 0.0, seconds: 0.0 };
        while server.load() == 0.0 {}
        if inside {
            // Below the wrapper and its guard.
            let family = vitals::family(server.process.pid());
            let is_it = |pid: &i32| {
                fs::read_to_string(format!("/proc/{pid}/comm"))
                    .is_ok_and(|comm| line[0].starts_with(comm.trim()))
            };
            server.pid = family.into_iter().find(is_it).expect("the server");
        }
        server
    }

    /// How many requests were made.
    fn load(&mut self) -> f64 {
        let output = self.load.output().expect("the load");
        (self.count)(&String::from_utf8_lossy(&output.stdout))
    }

    /// Serves what the load asks for once.
    fn serves(&mut self) {
        for _ in 0..ATTEMPTS {
            let before = cpu_seconds(self.pid);
            let requests = self.load();
            if requests > 0.0 {
                self.seconds += cpu_seconds(self.pid) - before;
                self.requests += requests;
                return;
            }
            // On a busy machine a load may be over before it has begun.
        }
        panic!("it does not answer: {}", self.process.complained().shown());
    }
}

impl Drop for Server {
    /// A wrapper that is killed leaves its program to itself: it is asked to end, and passes that on.
    fn drop(&mut self) {
        self.process.signal(Signal::TERM);
        self.process.exit();
    }
}

/// To the nanosecond, of all its threads.
fn cpu_seconds(pid: i32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").flatten();
    let of = |text: String| text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok());
    let used = threads.filter_map(|thread| of(fs::read_to_string(thread.path().join("schedstat")).ok()?));
    used.sum::<f64>() / 1e9
}

fn redis(nest: &Nest, number: usize, inside: bool) -> Server {
    const REQUESTS: u32 = 25_000;
    let (name, socket) = (format!("redis-{number}"), nest.path().join(format!("{number}.redis")));
    let socket = socket.to_str().expect("a path of ours");
    let line = ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"];
    let mut load = nest.command("redis-benchmark");
    load.args(["-s", socket, "-P", "16", "-c", "50", "-n", &REQUESTS.to_string(), "-t", "set,get", "--csv"]);
    // One line for each kind, after the line that names the columns.
    let count =
        |said: &str| said.lines().filter(|line| line.contains("ET\"")).count() as f64 * f64::from(REQUESTS);
    Server::start(nest, &name, inside, &line, load, count)
}

fn nginx(nest: &Nest, number: usize, inside: bool) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let (name, place) = (format!("nginx-{number}"), nest.path().join(format!("nginx-{number}")));
    fs::create_dir_all(place.join("html")).expect("a directory");
    fs::write(place.join("html/index.html"), "x".repeat(1024)).expect("a page");
    let place = place.to_str().expect("a path of ours");
    let configuration = format!(
        "daemon off; master_process off; pid {place}/pid; error_log {place}/error.log; events {{}}
         http {{ access_log off; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fast;
         uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
         server {{ listen 127.0.0.1:{port}; root {place}/html; keepalive_requests 1000000; }} }}"
    );
    let file = nest.file(&format!("{name}.conf"), configuration);
    let line = ["nginx", "-p", place, "-c", file.to_str().expect("a path of ours")];
    // It takes whole seconds. Interrupted it says what it has done, which it is ten times a second.
    let mut load = nest.command("timeout");
    let address = format!("http://127.0.0.1:{port}/");
    load.args(["--signal=INT", "0.05", "wrk", "-t", "1", "-c", "50", "-d", "5s", &address]);
    let count = |said: &str| {
        let line = said.lines().find(|line| line.contains(" requests in "));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0.0)
    };
    Server::start(nest, &name, inside, &line, load, count)
}
