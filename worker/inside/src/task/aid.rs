//! An aid: a thread of ours in the program, as long as there is something to take.
//!
//! It is made as the kernel makes one, and not by pthread_create, which allocates, locks, and may not be called in a signal's
//! handler. To the C library it does not exist: it has no storage of its own for what belongs to a thread, so nothing that it
//! runs may touch errno. It takes no signals, so none of the program's handlers runs on it.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering};

use chaos_kitty_table::TASKS;

use crate::real::{errno, set_errno};

/// More than any of what it does needs: 14 KiB where nothing is optimized.
const STACK: usize = 32 << 10;

#[repr(C, align(64))]
struct Aid {
    stack: UnsafeCell<[u8; STACK]>,
    /// Its thread's id, which the kernel sets back to 0 once it is gone and its stack is nobody's.
    thread: AtomicU32,
}

// SAFETY: the stack belongs to whoever has set `thread`, which is one thread at a time.
unsafe impl Sync for Aid {}

static AIDS: [Aid; TASKS] =
    [const { Aid { stack: UnsafeCell::new([0; STACK]), thread: AtomicU32::new(0) } }; TASKS];

/// Set until the kernel has said the thread's id.
const RESERVED: u32 = u32::MAX;

/// Whether nobody is at work in this place.
pub(super) fn is_free(slot: usize) -> bool {
    AIDS.get(slot).is_some_and(|aid| aid.thread.load(Ordering::SeqCst) == 0)
}

/// Starts a thread that does the task of this number in this place, and answers its id.
///
/// # Errors
/// The errno, where the system gives none.
pub(super) fn start(slot: usize, number: u32) -> Result<u32, u64> {
    const SHARED: c_int = libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND;
    const THREAD: c_int = SHARED | libc::CLONE_THREAD | libc::CLONE_SYSVSEM;
    const TOLD: c_int = THREAD | libc::CLONE_PARENT_SETTID | libc::CLONE_CHILD_CLEARTID;
    let Some(aid) = AIDS.get(slot) else { return Err(0) };
    if aid.thread.compare_exchange(0, RESERVED, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        return Err(libc::EBUSY as u64);
    }
    let before = errno();
    let thread = aid.thread.as_ptr();
    let mut mask = MaybeUninit::uninit();
    let argument = std::ptr::without_provenance_mut((number as usize) << 8 | slot);
    // SAFETY: the stack is as large as that, aligned, and nobody's: `thread` was 0. Where it grows from is its end. What the
    // thread runs lives as long as the program does, and its word is a static. Signals are blocked until it is there, and then
    // as they were.
    let made = unsafe {
        let mut all = MaybeUninit::uninit();
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), mask.as_mut_ptr());
        let end = aid.stack.get().cast::<u8>().add(STACK).cast::<c_void>();
        let made = libc::clone(run, end, TOLD, argument, thread, null_mut::<c_void>(), thread);
        libc::pthread_sigmask(libc::SIG_SETMASK, mask.as_ptr(), null_mut());
        made
    };
    let why = errno();
    set_errno(before);
    if made < 0 {
        aid.thread.store(0, Ordering::SeqCst);
        return Err(why.cast_unsigned().into());
    }
    Ok(made.cast_unsigned())
}

/// Its end is the thread's.
extern "C" fn run(argument: *mut c_void) -> c_int {
    let argument = argument.addr();
    super::carry_out(argument & 0xff, (argument >> 8) as u32);
    0
}
