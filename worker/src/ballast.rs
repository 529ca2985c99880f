//! Ballast: memory that is held for the sake of holding it.

use std::ffi::c_void;
use std::ptr::NonNull;

use rustix::mm::{MapFlags, ProtFlags};

/// A private anonymous mapping. Dropping it gives its pages back to the kernel at once, which a `Vec` would leave to
/// the allocator's mood.
pub(crate) struct Ballast {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a Ballast is the only owner of its mapping, and nothing in it is tied to the thread that made it.
#[expect(unsafe_code, reason = "the pointer alone would pin the mapping to one thread")]
unsafe impl Send for Ballast {}

impl Ballast {
    /// Reserves `bytes` (above zero); nothing is resident yet.
    ///
    /// # Errors
    /// The kernel's, when it has no such room.
    #[expect(unsafe_code, reason = "a mapping of our own has no safe form")]
    pub(crate) fn reserve(bytes: usize) -> std::io::Result<Ballast> {
        // SAFETY: a fresh private mapping at an address of the kernel's choice overlaps nothing that exists.
        let start = unsafe {
            rustix::mm::mmap_anonymous(
                std::ptr::null_mut(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )
        }?;
        let start =
            NonNull::new(start.cast()).ok_or_else(|| std::io::Error::other("mapped at address zero"))?;
        Ok(Ballast { start, bytes })
    }

    /// Makes the pages resident by writing to each, until `stop` (asked every 4 MiB) says so.
    #[expect(unsafe_code, reason = "writes to the mapping")]
    pub(crate) fn fill(&mut self, stop: impl Fn() -> bool) {
        let page = rustix::param::page_size();
        for offset in (0..self.bytes).step_by(page) {
            if offset % (4 << 20) == 0 && stop() {
                return;
            }
            // SAFETY: `offset` is within the mapping, which is ours alone and writable. Volatile, since nobody reads it
            // and the compiler would leave out the write that is the whole point.
            unsafe { self.start.as_ptr().add(offset).write_volatile(1) };
        }
    }

    /// The bytes that are resident now, as mincore(2) counts the pages of this mapping: exact, whatever the other
    /// threads of the application allocate meanwhile.
    ///
    /// # Errors
    /// The kernel's.
    #[expect(unsafe_code, reason = "mincore has no safe form")]
    pub(crate) fn resident(&self) -> std::io::Result<u64> {
        const PAGES_AT_ONCE: usize = 16 * 1024;
        let page = rustix::param::page_size();
        let mut present = vec![0u8; PAGES_AT_ONCE];
        let mut pages = 0u64;
        for offset in (0..self.bytes).step_by(PAGES_AT_ONCE * page) {
            let length = (self.bytes - offset).min(PAGES_AT_ONCE * page);
            // SAFETY: the range starts on a page of our mapping and ends in it, and `present` has a byte for each page.
            let answer = unsafe {
                let start: *mut c_void = self.start.as_ptr().add(offset).cast();
                libc::mincore(start, length, present.as_mut_ptr())
            };
            if answer != 0 {
                return Err(std::io::Error::last_os_error());
            }
            pages += present[..length.div_ceil(page)].iter().filter(|byte| **byte & 1 == 1).count() as u64;
        }
        Ok(pages * page as u64)
    }
}

impl Drop for Ballast {
    #[expect(unsafe_code, reason = "unmaps what `reserve` mapped")]
    fn drop(&mut self) {
        // SAFETY: exactly the mapping that `reserve` made, and no reference into it was ever handed out.
        let unmapped = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.bytes) };
        if let Err(error) = unmapped {
            tracing::error!(bytes = self.bytes, %error, "ballast could not be given back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn it_is_resident_only_when_filled_and_then_wholly() {
        let mut ballast = Ballast::reserve(5 * MIB + 1).unwrap();
        assert_eq!(ballast.resident().unwrap(), 0);
        ballast.fill(|| false);
        let page = rustix::param::page_size();
        assert_eq!(ballast.resident().unwrap(), (5 * MIB + page) as u64);
    }

    #[test]
    fn filling_stops_when_told() {
        let mut ballast = Ballast::reserve(8 * MIB).unwrap();
        let asked = std::cell::Cell::new(0);
        ballast.fill(|| asked.replace(asked.get() + 1) == 1);
        assert_eq!(asked.get(), 2);
        assert!(ballast.resident().unwrap() < (8 * MIB) as u64);
    }
}
