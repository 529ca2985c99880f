//! malloc and its kin. What gives memory back is left alone.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use crate::real::set_errno;

fn no_memory(errno: c_int) -> *mut c_void {
    set_errno(errno);
    null_mut()
}

hooked! {
    fn malloc(size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn calloc(count: usize, size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn realloc(memory: *mut c_void, size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn reallocarray(memory: *mut c_void, count: usize, size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn memalign(alignment: usize, size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn valloc(size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn pvalloc(size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void;
    Malloc(Subject::Nothing), fail no_memory;

    fn posix_memalign(memory: *mut *mut c_void, alignment: usize, size: usize) -> c_int;
    Malloc(Subject::Nothing), fail std::convert::identity;
}
