//! A process that does nothing but being a victim, and ends when its input does: `chaos-kitty-figures-victim SOCKET`. It
//! says in seconds how long the start took that it waits for, and after how long the host knew it.

use chaos_kitty_worker::Worker;
use std::io;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "how long it takes is what is measured")]
fn main() -> io::Result<()> {
    let socket = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("which socket?"))?;
    let begun = Instant::now();
    let worker = Worker::builder().socket(socket).start();
    let started = begun.elapsed().as_secs_f64();
    worker.registered(PATIENCE).ok_or_else(|| io::Error::other("no host has accepted this worker"))?;
    let registered = begun.elapsed().as_secs_f64();
    println!("{{\"started\": {started}, \"registered\": {registered}}}");
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}
