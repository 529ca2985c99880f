//! System calls that rustix has not, and whose functions in the C library write errno: on a thread of ours, that of whichever
//! thread started it.

use std::ptr::from_ref;

/// mincore(2): whether pages are resident.
///
/// # Safety
/// There must be a byte in `present` for each page of the range.
pub(crate) unsafe fn mincore(start: *mut u8, length: usize, present: &mut [u8]) -> isize {
    // SAFETY: it writes to `present` alone, as much as the caller says there is.
    unsafe { call(libc::SYS_mincore, [start.addr(), length, present.as_mut_ptr().expose_provenance()]) }
}

/// Has this thread share processors with everybody else, where the one that it was started by has them for itself: a real-time
/// program would be given no other turn while it burns.
pub(crate) fn share_processors() {
    let parameter = libc::sched_param { sched_priority: 0 };
    // SAFETY: this thread is 0, and there is nothing else to be given.
    let policy = unsafe { call(libc::SYS_sched_getscheduler, [0; 3]) };
    // How it was asked to be reset for children is told with it.
    if matches!(policy as i32 & !libc::SCHED_RESET_ON_FORK, libc::SCHED_FIFO | libc::SCHED_RR) {
        let parameter = from_ref(&parameter).expose_provenance();
        // SAFETY: the parameter is one, and lives as long as the call.
        unsafe { call(libc::SYS_sched_setscheduler, [0, libc::SCHED_OTHER as usize, parameter]) };
    }
}

/// # Safety
/// As the system call of that number.
unsafe fn call(number: libc::c_long, [first, second, third]: [usize; 3]) -> isize {
    let answer: isize;
    // SAFETY: the system call's own registers; what else it touches is the caller's.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => answer,
            in("rdi") first, in("rsi") second, in("rdx") third,
            lateout("rcx") _, lateout("r11") _,
            options(nostack)
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") first as isize => answer,
            in("x1") second, in("x2") third,
            options(nostack)
        );
    }
    answer
}
