//! The table's memory, in a process that has it.

use std::ffi::c_void;
use std::os::fd::AsFd;
use std::ptr::{from_ref, null_mut};

use rustix::io;
use rustix::mm::{MapFlags, ProtFlags, mmap};

use crate::counters::Counters;
use crate::rules::Rules;

/// How large the table is, in bytes.
pub(crate) const SIZE: usize = size_of::<Rules>() + size_of::<Counters>();

/// Mapped for the rest of the process's life: a call that reads it may be under way at any moment.
#[derive(Clone, Copy)]
pub struct Mapped {
    /// The rules.
    pub rules: &'static Rules,
    /// What they have hit.
    pub counters: &'static Counters,
}

impl Mapped {
    /// Maps it for a program, which cannot write its rules, in the place of an empty one: so a call finds it at an address that
    /// does not change.
    ///
    /// # Errors
    /// The kernel's, and `EINVAL` where the file is none of that size, or not of that token, or by a clock that is not ours. Then the empty one is as it was, or
    /// counts for nobody.
    pub fn inside(self, file: impl AsFd, token: u64) -> io::Result<()> {
        let file = file.as_fd();
        if !Rules::are_of(file, token)? {
            return Err(io::Errno::INVAL);
        }
        let counters: *const Counters = from_ref(self.counters);
        let rules: *const Rules = from_ref(self.rules);
        // What is hit is counted before anything is.
        Mapped::map(file, counters.cast_mut().cast(), Part::Counters, true)?;
        Mapped::map(file, rules.cast_mut().cast(), Part::Rules, false)?;
        Ok(())
    }

    /// Maps it for a wrapper.
    pub(crate) fn beside(file: impl AsFd) -> io::Result<Mapped> {
        let rules = Mapped::map(file.as_fd(), null_mut(), Part::Rules, true)?;
        let counters = Mapped::map(file.as_fd(), null_mut(), Part::Counters, true)?;
        // SAFETY: both were just mapped in their whole size, and are never unmapped.
        #[expect(unsafe_code, reason = "memory that two processes share has no safe form")]
        let mapped = unsafe { Mapped { rules: &*rules.cast(), counters: &*counters.cast() } };
        Ok(mapped)
    }

    /// One part of it, anywhere, or in this place.
    #[expect(unsafe_code, reason = "memory that two processes share has no safe form")]
    fn map(file: impl AsFd, place: *mut c_void, part: Part, may_write: bool) -> io::Result<*mut c_void> {
        if rustix::fs::fstat(&file)?.st_size.cast_unsigned() != SIZE as u64 {
            return Err(io::Errno::INVAL);
        }
        let (start, size) = match part {
            Part::Rules => (0, size_of::<Rules>()),
            Part::Counters => (size_of::<Rules>(), size_of::<Counters>()),
        };
        let access = if may_write { ProtFlags::READ | ProtFlags::WRITE } else { ProtFlags::READ };
        let fixed = if place.is_null() { MapFlags::empty() } else { MapFlags::FIXED };
        // SAFETY: the kernel chooses where, and nothing that is there is replaced; or it is put in the place of a part of the same
        // kind, which fills its pages and is there for as long as the process. The file is as large as both, and sealed to stay
        // so. Both are aligned to pages and valid for any bytes, since they hold atomic integers alone. The rules are written by
        // the wrapper alone, whose mapping allows it.
        unsafe { mmap(place, size, access, MapFlags::SHARED | fixed, file, start as u64) }
    }
}

#[derive(Clone, Copy)]
enum Part {
    Rules,
    Counters,
}
