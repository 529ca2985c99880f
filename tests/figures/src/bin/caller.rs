//! A program that makes a call of the C library's many times, as any program does that was never told of us: it reads lines
//! such as `time 1000000` and says in seconds how long each call took. It ends when its input does.
#![expect(unsafe_code, reason = "what is measured are functions of the C library's")]

use std::ffi::c_void;
use std::hint::black_box;
use std::io::{self, BufRead};
use std::ptr::null_mut;
use std::time::Instant;

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (call, count) = line.split_once(' ').unwrap_or((&line, "1"));
        let count: u32 = count.parse().map_err(io::Error::other)?;
        let seconds = match call {
            "time" => each(count, time),
            "clock_gettime" => each(count, clock_gettime),
            "read" => each(count, read),
            "malloc" => each(count, malloc),
            other => return Err(io::Error::other(format!("{other}?"))),
        };
        println!("{{\"seconds\": [{seconds:e}]}}");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is what is measured")]
fn each(count: u32, call: impl Fn() -> i64) -> f64 {
    let begun = Instant::now();
    for _ in 0..count {
        black_box(call());
    }
    begun.elapsed().as_secs_f64() / f64::from(count)
}

fn time() -> i64 {
    // SAFETY: null is what it takes where the time is not to be written anywhere.
    unsafe { libc::time(null_mut()) }
}

fn clock_gettime() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes a time to where there is room for one.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &raw mut time) };
    time.tv_nsec
}

/// The cheapest that the kernel has: of a descriptor that is none.
fn read() -> i64 {
    let mut byte = 0_u8;
    // SAFETY: there is room for a byte, and none is read.
    unsafe { libc::read(-1, (&raw mut byte).cast::<c_void>(), 1) as i64 }
}

fn malloc() -> i64 {
    // SAFETY: what is given is given back, and not looked at in between.
    unsafe {
        let memory = libc::malloc(black_box(64));
        libc::free(memory);
        memory as i64
    }
}
