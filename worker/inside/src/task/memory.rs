//! Memory, in a mapping of its own: nothing of the program's allocator's.

use std::ffi::c_void;
use std::ptr::null_mut;

use chaos_kitty_table::{Haul, Stage, now};
use rustix::io;
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
use rustix::param::page_size;

use super::Course;
use super::watch::Watch;
use crate::syscall::mincore;

/// Between two looks at whether it is still wanted.
const AT_A_TIME: usize = 4 << 20;

/// Makes it resident, holds it, and gives it back.
pub(super) fn hold(bytes: u64, length: u64, watch: &Watch, course: &Course) -> io::Result<Haul> {
    let bytes = usize::try_from(bytes).map_err(|_| io::Errno::NOMEM)?;
    let mapping = Mapping::of(bytes)?;
    mapping.fill(watch);
    let since = now();
    let mut haul = Haul { taken: mapping.resident(), since, ..Haul::default() };
    course.is(Stage::Holding, &haul);
    watch.wait_until(since.saturating_add(length));
    haul.until = now();
    drop(mapping); // given back before anyone is told that it is over
    Ok(haul)
}

struct Mapping {
    start: *mut c_void,
    bytes: usize,
}

impl Mapping {
    fn of(bytes: usize) -> io::Result<Mapping> {
        let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::NORESERVE);
        // SAFETY: a fresh private mapping at an address of the kernel's choice overlaps nothing that exists.
        let start = unsafe { mmap_anonymous(null_mut(), bytes, access, flags) }?;
        let mapping = Mapping { start, bytes };
        // A child would keep a share of it for as long as it lives.
        // SAFETY: exactly what was mapped.
        unsafe { madvise(start, bytes, Advice::LinuxDontFork) }?;
        Ok(mapping)
    }

    /// Writes to each page, unless it is over.
    fn fill(&self, watch: &Watch) {
        for offset in (0..self.bytes).step_by(page_size()) {
            if offset.is_multiple_of(AT_A_TIME) && watch.is_over() {
                return;
            }
            // SAFETY: within the mapping, which is ours alone and writable.
            unsafe { self.start.cast::<u8>().add(offset).write_volatile(1) };
        }
    }

    /// The bytes that are resident now; none where the kernel does not say.
    fn resident(&self) -> u64 {
        const PAGES: usize = 4096;
        let mut present = [0_u8; PAGES];
        let mut pages = 0;
        for offset in (0..self.bytes).step_by(PAGES * page_size()) {
            let length = (self.bytes - offset).min(PAGES * page_size());
            // SAFETY: the range starts on a page of our mapping and ends in it, and there is a byte for each page.
            if unsafe { mincore(self.start.cast::<u8>().add(offset), length, &mut present) } != 0 {
                return 0;
            }
            let some = present.iter().take(length.div_ceil(page_size()));
            pages += some.filter(|byte| **byte & 1 == 1).count();
        }
        (pages * page_size()) as u64
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what was mapped, and no reference into it was ever handed out. It cannot fail on that.
        let _ = unsafe { munmap(self.start, self.bytes) };
    }
}
