//! SIGURG: how a program is reached that waits, and makes no call that is hooked.
//!
//! It is a signal that is ignored by default and that programs seldom use. The handler is ours from the start; what the
//! program says about it is remembered, told to it when it asks, and done after ours: it misses none, and may get one more.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::null;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use libc::{SIG_DFL, SIG_ERR, SIG_IGN, SIGURG, sigaction as Action, sighandler_t, siginfo_t};

use crate::known;
use crate::real::{Real, errno, set_errno};
use crate::table::rules;
use crate::task;

type Handler = unsafe extern "C-unwind" fn(c_int, *mut siginfo_t, *mut c_void);
type Sigaction = unsafe extern "C-unwind" fn(c_int, *const Action, *mut Action) -> c_int;
type SetHandler = unsafe extern "C-unwind" fn(c_int, sighandler_t) -> sighandler_t;

/// Whether the handler is ours.
static LISTENS: AtomicBool = AtomicBool::new(false);
/// What the program wants to be done, and whether that takes three arguments.
static WANTED: AtomicUsize = AtomicUsize::new(SIG_DFL);
static WANTS_TO_KNOW: AtomicBool = AtomicBool::new(false);

static SIGACTION: Real = Real::named(c"sigaction");
known!(SIGACTION);

/// Has our handler called from now on.
pub(crate) fn listen() {
    let mut before = MaybeUninit::<Action>::uninit();
    // SAFETY: the memory is for one.
    if unsafe { ask(&ours(), before.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: it succeeded, and so it has written there.
    let before = unsafe { before.assume_init() };
    WANTED.store(before.sa_sigaction, Ordering::SeqCst);
    LISTENS.store(true, Ordering::SeqCst);
}

unsafe extern "C-unwind" fn hear(number: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let before = errno();
    if rules().want_a_task() {
        task::begin();
    }
    set_errno(before);
    let wanted = WANTED.load(Ordering::SeqCst);
    if wanted != SIG_DFL && wanted != SIG_IGN {
        // SAFETY: the program gave it for a handler of this signal. One that takes the number alone does not see the others.
        let handler: Handler = unsafe { std::mem::transmute(wanted) };
        // SAFETY: what the kernel gave us.
        unsafe { handler(number, info, context) };
    }
}

/// As gentle as it can be: calls go on where the kernel can have them go on, and a small stack is not used up.
fn ours() -> Action {
    // SAFETY: a structure of numbers, all of which may be 0: no flags, and an empty mask.
    let mut action: Action = unsafe { std::mem::zeroed() };
    action.sa_sigaction = hear as Handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    action
}

/// The program's own wishes, with our handler.
fn ours_for(wanted: &Action) -> Action {
    if [SIG_DFL, SIG_IGN].contains(&wanted.sa_sigaction) {
        return ours();
    }
    let mut action = *wanted;
    action.sa_sigaction = hear as Handler as usize;
    action.sa_flags = (wanted.sa_flags | libc::SA_SIGINFO) & !libc::SA_RESETHAND;
    action
}

/// What the program believes to be so.
fn believed(mut action: Action) -> Action {
    action.sa_sigaction = WANTED.load(Ordering::SeqCst);
    if [SIG_DFL, SIG_IGN].contains(&action.sa_sigaction) {
        action.sa_flags = 0;
    } else if !WANTS_TO_KNOW.load(Ordering::SeqCst) {
        action.sa_flags &= !libc::SA_SIGINFO;
    }
    action
}

/// The C library's own.
///
/// # Safety
/// As the C library's.
unsafe fn ask(action: *const Action, before: *mut Action) -> c_int {
    let real = SIGACTION.find();
    if real.is_null() {
        return -1;
    }
    // SAFETY: what has this name is the C library's function of this signature.
    let real: Sigaction = unsafe { std::mem::transmute(real) };
    // SAFETY: the caller's arguments.
    unsafe { real(SIGURG, action, before) }
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn sigaction(
    number: c_int,
    action: *const Action,
    before: *mut Action,
) -> c_int {
    if number != SIGURG || !LISTENS.load(Ordering::SeqCst) {
        let real = SIGACTION.find();
        if real.is_null() {
            set_errno(libc::ENOSYS);
            return -1;
        }
        // SAFETY: what has this name is the C library's function of this signature.
        let real: Sigaction = unsafe { std::mem::transmute(real) };
        // SAFETY: the program's own arguments.
        return unsafe { real(number, action, before) };
    }
    // SAFETY: where the program gives one, it is one; it may be the same as the other, and so it is read first.
    let wanted = unsafe { action.as_ref() }.copied();
    let new = wanted.as_ref().map(ours_for);
    let mut old = MaybeUninit::<Action>::uninit();
    // SAFETY: the memory is for one.
    let answer = unsafe { ask(new.as_ref().map_or(null(), std::ptr::from_ref), old.as_mut_ptr()) };
    if answer != 0 {
        return answer;
    }
    // SAFETY: it succeeded, and so it has written there.
    let old = believed(unsafe { old.assume_init() });
    if let Some(wanted) = wanted {
        WANTS_TO_KNOW.store(wanted.sa_flags & libc::SA_SIGINFO != 0, Ordering::SeqCst);
        WANTED.store(wanted.sa_sigaction, Ordering::SeqCst);
    }
    // SAFETY: where the program gives a place, it is one for an action.
    if let Some(before) = unsafe { before.as_mut() } {
        *before = old;
    }
    0
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C-unwind" fn signal(number: c_int, handler: sighandler_t) -> sighandler_t {
    static REAL: Real = Real::named(c"signal");
    known!(REAL);
    if number != SIGURG || !LISTENS.load(Ordering::SeqCst) {
        let real = REAL.find();
        if real.is_null() {
            return SIG_ERR;
        }
        // SAFETY: what has this name is the C library's function of this signature.
        let real: SetHandler = unsafe { std::mem::transmute(real) };
        // SAFETY: the program's own arguments.
        return unsafe { real(number, handler) };
    }
    let mut wanted = ours();
    (wanted.sa_sigaction, wanted.sa_flags) = (handler, libc::SA_RESTART);
    let mut before = MaybeUninit::<Action>::uninit();
    // SAFETY: one action, and memory for another.
    if unsafe { sigaction(number, &raw const wanted, before.as_mut_ptr()) } != 0 {
        return SIG_ERR;
    }
    // SAFETY: it succeeded, and so it has written there.
    unsafe { before.assume_init() }.sa_sigaction
}
