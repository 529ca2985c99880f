//! Chaos Kitty inside an unchanged program: a library that `chaos-kitty-worker --inside` preloads.
//!
//! It has functions of the C library's names, so that a dynamically linked program calls these instead. Each looks at one
//! word of the [table](chaos_kitty_table); while no rule is about it, it goes on to the function that the program meant. Else
//! it waits, fails, or does less, as the rules say.
//!
//! What has to be taken (memory, CPU time, descriptors) a thread of ours takes, which is there for that alone; any call that
//! is hooked begins it, or the signal SIGURG where the program makes none.
//!
//! What runs in somebody else's program at every call must be safe wherever the program makes it: in a signal's handler, in a
//! child after fork, in many threads, while memory is wanting. So nothing here allocates, locks, panics or changes errno, but
//! to fail with it; system calls are made directly (rustix), and never through functions that are hooked here.
#![expect(unsafe_code, reason = "these are functions of the C library's, with its pointers")]

mod asked;
mod calls;
mod cut;
mod end;
mod fd;
mod length;
mod real;
mod reckoned;
mod subject;
mod syscall;
mod table;
mod task;
mod until;
mod urgent;
