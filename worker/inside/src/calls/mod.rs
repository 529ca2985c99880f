//! The functions that are hooked, a family each.

/// The C library's function of this name.
macro_rules! named {
    ($name:ident) => {
        $crate::real::Real::named({
            const NAME: &[u8] = concat!(stringify!($name), "\0").as_bytes();
            match std::ffi::CStr::from_bytes_with_nul(NAME) {
                Ok(name) => name,
                Err(_) => c"",
            }
        })
    };
}

/// Defines a function of the C library's. While no rule is about it, it goes on to the one that the program meant, and leaves
/// nothing of its own behind; else it looks closer, by a function that is given that one, and then the arguments.
///
/// They may be unwound: a thread that is cancelled leaves through them, as through the C library's own.
macro_rules! entry {
    (
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;
        $($call:ident)|+, missing $missing:expr, closer $closer:path
    ) => {
        /// # Safety
        /// As the C library's.
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C-unwind" fn $name($($argument: $type),*) -> $answer {
            type Function = unsafe extern "C-unwind" fn($($type),*) -> $answer;
            static REAL: $crate::real::Real = $crate::calls::named!($name);
            $crate::known!(REAL);

            #[cold]
            #[inline(never)]
            unsafe extern "C-unwind" fn look_closer($($argument: $type),*) -> $answer {
                let real = REAL.find();
                if real.is_null() {
                    return $missing(libc::ENOSYS);
                }
                // SAFETY: what has this name is the C library's function of this signature, or another's that stands in for it.
                let real: Function = unsafe { std::mem::transmute(real) };
                // SAFETY: the program's own arguments.
                unsafe { $closer(real, $($argument),*) }
            }

            let real = REAL.found();
            const CALLS: u64 = $($crate::calls::looks_for!($call))|+;
            if real.is_null() || $crate::table::rules().are_about(CALLS) {
                // SAFETY: the program's own arguments.
                return unsafe { look_closer($($argument),*) };
            }
            // SAFETY: as above.
            let real: Function = unsafe { std::mem::transmute(real) };
            // SAFETY: the program's own arguments.
            unsafe { real($($argument),*) }
        }
    };
}

/// The bits that a function looks for, by what it is called here.
macro_rules! looks_for {
    (Shift) => {
        chaos_kitty_table::SHIFT
    };
    ($call:ident) => {
        chaos_kitty_table::Call::$call.bit()
    };
}
use looks_for;
pub(crate) use named;

/// Defines functions that ask the rules about a call.
///
/// `fail` makes of an errno what the function answers. What comes last says how less is asked for, where that can be: `shorten`
/// an argument, by what makes a smaller one of it; the `parts` of a vector, with their count; or those of a `message`.
macro_rules! hooked {
    ($(
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;
        $call:ident($subject:expr), fail $fail:expr
        $(, shorten $length:ident $shorten:expr)?
        $(, parts $parts:ident $count:ident)?
        $(, message $message:ident)?;
    )*) => {$(
        const _: () = {
            #[allow(unused_variables, reason = "not every function can be cut short")]
            #[allow(clippy::too_many_arguments, reason = "one more than the C library's function has")]
            unsafe fn closer(
                real: unsafe extern "C-unwind" fn($($type),*) -> $answer,
                $($argument: $type),*
            ) -> $answer {
                use $crate::length::Length;
                use $crate::subject::Subject;
                let whole = Length::Whole;
                $(let whole = Length::Of($length as usize);)?
                $(let whole = Length::Parts($parts, $count as usize);)?
                $(let whole = Length::Message($message);)?
                match $crate::asked::asked(chaos_kitty_table::Call::$call, &$subject, &whole) {
                    $crate::asked::Answer::Fail(errno) => return $fail(errno),
                    $crate::asked::Answer::Shorten(share) => {
                        $(let $length = $shorten($length, share);)?
                        $(
                            // SAFETY: as many parts as the program says.
                            let fewer = unsafe { $crate::cut::Cut::of($parts, $count as usize, share) };
                            let ($parts, $count) = (fewer.parts(), fewer.count() as c_int);
                        )?
                        $(
                            // SAFETY: the program's message.
                            let mut cut = unsafe { $crate::cut::Message::of($message.cast_mut(), share) };
                            let $message = cut.message();
                        )?
                        // SAFETY: the program's own arguments, but for less of what it asks for.
                        return unsafe { real($($argument),*) };
                    }
                    $crate::asked::Answer::Go => {}
                }
                // SAFETY: the program's own arguments.
                unsafe { real($($argument),*) }
            }

            entry! {
                fn $name($($argument: $type),*) -> $answer;
                $call, missing $fail, closer closer
            }
        };
    )*};
}

mod clock;
mod data;
mod files;
mod memory;
mod names;
mod sleep;
mod sockets;
mod timed;
mod timers;

use std::ffi::c_int;

/// What fails with -1 and says why in errno.
fn minus_one<T: From<i8>>(errno: c_int) -> T {
    crate::real::set_errno(errno);
    T::from(-1)
}

/// This share of it, and one at least where there is any.
pub(crate) fn shorter(count: usize, share: u16) -> usize {
    let part = (count as u128 * u128::from(share) / 65_536) as usize;
    part.max(1).min(count)
}
