//! File descriptors.
//!
//! They are taken from above the lowest that are free: what is left to the program are small numbers, as select(2) needs
//! them. All are open on one file of ours, by which they are known again: what the program closes, or puts in the place of
//! one, is its own affair.

use std::ffi::c_int;
use std::os::fd::{BorrowedFd, IntoRawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use chaos_kitty_table::{Haul, Stage, now};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fstat, memfd_create};
use rustix::io::{self, fcntl_dupfd_cloexec};
use rustix::process::{Resource, getrlimit};

use super::Course;
use super::watch::Watch;

/// The most that are taken: beyond it the kernel's own table of them would be the load, and not their scarcity.
const MOST: u64 = 1 << 20;
/// Looked at together, and between two looks at whether it is still wanted.
const AT_A_TIME: usize = 256;
/// Nanoseconds, at least: how soon what the program closes is taken.
const BETWEEN_LOOKS: u64 = 10_000_000;

/// Which file ours is, and between which numbers it is open; a child after fork closes its copies by that. 0 where there is
/// none.
static FILE: AtomicU64 = AtomicU64::new(0);
/// Numbers of files are counted anew in each file system.
static DEVICE: AtomicU64 = AtomicU64::new(0);
static LOWEST: AtomicI32 = AtomicI32::new(0);
static HIGHEST: AtomicI32 = AtomicI32::new(-1);

/// Takes all of them but so many, holds them, and gives them back. What the program closes meanwhile is taken as well, as soon
/// as more are free than are to be left to it.
pub(super) fn hold(leave: u64, length: u64, watch: &Watch, course: &Course) -> io::Result<Haul> {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    // Two at once would take each other's for the program's.
    if limit > MOST || FILE.load(Ordering::SeqCst) != 0 {
        return Err(if limit > MOST { io::Errno::TOOBIG } else { io::Errno::BUSY });
    }
    let limit = limit as c_int;
    let mut haul = Haul::default();
    let mut own = None;
    haul.taken = take(&mut own, leave, limit, watch)?;
    haul.left = free(limit);
    haul.since = now();
    course.is(Stage::Holding, &haul);
    let end = haul.since.saturating_add(length);
    let mut looked = haul.since;
    loop {
        // To look takes some 40 ms where a million are open.
        let pause = BETWEEN_LOOKS.max(now().saturating_sub(looked).saturating_mul(20));
        watch.wait_until(end.min(now().saturating_add(pause)));
        looked = now();
        if looked >= end || watch.is_over() {
            break;
        }
        // What can't be had now is looked for again.
        haul.taken += take(&mut own, leave, limit, watch).unwrap_or_default();
    }
    haul.until = now();
    give_back();
    Ok(haul)
}

/// Takes what is free beyond so many, and answers how many that were.
fn take(own: &mut Option<c_int>, leave: u64, limit: c_int, watch: &Watch) -> io::Result<u64> {
    let Some(first) = beyond(leave, limit) else { return Ok(0) };
    let (source, mut taken) = match *own {
        // The program closes what isn't its own: it is left alone.
        Some(source) if !is_ours(source) => return Ok(0),
        Some(source) => (source, 0),
        None => (*own.insert(open(first)?), 1),
    };
    LOWEST.fetch_min(first, Ordering::SeqCst);
    // SAFETY: it is open on our file, and what the program makes of it in this moment is another of its files at worst.
    let source = unsafe { BorrowedFd::borrow_raw(source) };
    // There are no more, by the program's limit or the system's, once one can't be had.
    while let Ok(one) = fcntl_dupfd_cloexec(source, first) {
        let one = one.into_raw_fd();
        // The program has closed the source meanwhile, and has its number for a file of its own: none of that is kept.
        if !is_ours(one) {
            // SAFETY: we have just opened it.
            unsafe { io::close(one) };
            break;
        }
        HIGHEST.fetch_max(one, Ordering::SeqCst);
        taken += 1;
        if taken % AT_A_TIME as u64 == 0 && watch.is_over() {
            break;
        }
    }
    Ok(taken)
}

/// Opens our file at this number or above it. Nothing can be written to it: the number may be one that the program takes for
/// its standard error.
fn open(first: c_int) -> io::Result<c_int> {
    let file = memfd_create(c"chaos-kitty", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?.into_raw_fd();
    // SAFETY: it is open until it is closed below.
    let borrowed = unsafe { BorrowedFd::borrow_raw(file) };
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SEAL;
    let number = fcntl_add_seals(borrowed, seals).and_then(|()| {
        let stat = fstat(borrowed)?;
        let number = if file < first { fcntl_dupfd_cloexec(borrowed, first)?.into_raw_fd() } else { file };
        LOWEST.store(number, Ordering::SeqCst);
        HIGHEST.store(number, Ordering::SeqCst);
        DEVICE.store(stat.st_dev, Ordering::SeqCst);
        FILE.store(stat.st_ino, Ordering::SeqCst);
        Ok(number)
    });
    if number != Ok(file) {
        // SAFETY: it is ours, and open. (The standard library would close it by a function of the C library's, which is for its
        // own threads.)
        unsafe { io::close(file) };
    }
    number
}

/// Whether this number is open on our file.
fn is_ours(number: c_int) -> bool {
    let (device, file) = (DEVICE.load(Ordering::SeqCst), FILE.load(Ordering::SeqCst));
    // SAFETY: it is only asked about, which a number that is not open answers with an error.
    let one = unsafe { BorrowedFd::borrow_raw(number) };
    fstat(one).is_ok_and(|it| (it.st_dev, it.st_ino, it.st_nlink) == (device, file, 0))
}

/// Closes all that are open on our file.
fn give_back() {
    for number in LOWEST.load(Ordering::SeqCst)..=HIGHEST.load(Ordering::SeqCst) {
        if is_ours(number) {
            // SAFETY: it is open on the file that we made and gave to nobody, so it is ours to close.
            unsafe { io::close(number) };
        }
    }
    HIGHEST.store(-1, Ordering::SeqCst);
    FILE.store(0, Ordering::SeqCst);
}

/// A child that the program forks meanwhile has copies, and nobody who would give them back.
pub(crate) unsafe extern "C" fn give_back_in_child() {
    if FILE.load(Ordering::SeqCst) != 0 {
        give_back();
    }
}

/// The number from which on all are to be taken, so that as many are free before it; none where there are no more than that.
fn beyond(leave: u64, limit: c_int) -> Option<c_int> {
    let mut left = leave;
    (0..limit).step_by(AT_A_TIME).find_map(|start| {
        free_from(start, limit).find(|_| {
            let is_beyond = left == 0;
            left = left.saturating_sub(1);
            is_beyond
        })
    })
}

/// How many are free.
fn free(limit: c_int) -> u64 {
    (0..limit).step_by(AT_A_TIME).map(|start| free_from(start, limit).count() as u64).sum()
}

/// Those of the next few numbers that are free: poll(2) says that of many at once.
fn free_from(start: c_int, limit: c_int) -> impl Iterator<Item = c_int> {
    let count = (limit - start).clamp(0, AT_A_TIME as c_int);
    let number = |offset: usize| {
        // SAFETY: it is only asked about; those that are not open are what we look for.
        unsafe { BorrowedFd::borrow_raw(start + offset as c_int) }
    };
    let borrowed: [BorrowedFd<'_>; AT_A_TIME] = std::array::from_fn(number);
    let mut asked: [PollFd<'_>; AT_A_TIME] =
        std::array::from_fn(|at| PollFd::from_borrowed_fd(borrowed[at], PollFlags::empty()));
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let is_known = poll(&mut asked[..count as usize], Some(&at_once)).is_ok();
    let is_free: [bool; AT_A_TIME] =
        std::array::from_fn(|at| is_known && asked[at].revents().contains(PollFlags::NVAL));
    (0..count).filter(move |at| is_free[*at as usize]).map(move |at| start + at)
}
