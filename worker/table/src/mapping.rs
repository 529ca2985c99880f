//! The table's memory, in a process that has it.

use std::os::fd::AsFd;
use std::ptr::null_mut;

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
    /// Maps it for a program, which cannot write its rules.
    ///
    /// # Errors
    /// The kernel's, and `EINVAL` where the file is none of that size.
    pub fn inside(file: impl AsFd) -> io::Result<Mapped> {
        Mapped::of(file, ProtFlags::READ)
    }

    /// Maps it for a wrapper.
    pub(crate) fn beside(file: impl AsFd) -> io::Result<Mapped> {
        Mapped::of(file, ProtFlags::READ | ProtFlags::WRITE)
    }

    #[expect(unsafe_code, reason = "memory that two processes share has no safe form")]
    fn of(file: impl AsFd, rules: ProtFlags) -> io::Result<Mapped> {
        let file = file.as_fd();
        if rustix::fs::fstat(file)?.st_size.cast_unsigned() != SIZE as u64 {
            return Err(io::Errno::INVAL);
        }
        let (size, both) = (size_of::<Rules>(), ProtFlags::READ | ProtFlags::WRITE);
        // SAFETY: the kernel chooses where, so nothing that is there is replaced. The file is as large as both mappings, and
        // sealed to stay so. Both are aligned to pages, valid for any bytes, since they hold atomic integers alone, and never
        // unmapped. The rules are written by the wrapper alone, whose mapping allows it.
        unsafe {
            let rules = mmap(null_mut(), size, rules, MapFlags::SHARED, file, 0)?;
            let counters =
                mmap(null_mut(), size_of::<Counters>(), both, MapFlags::SHARED, file, size as u64)?;
            Ok(Mapped { rules: &*rules.cast(), counters: &*counters.cast() })
        }
    }
}
