//! An error of a system call.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// What a system call fails with. In configuration `"ECONNRESET"` or `104`; it goes out by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(&'static str);

/// From 1 on, without those that [`UNUSED`] leaves out.
const NAMES: [&str; 131] = [
    "EPERM",
    "ENOENT",
    "ESRCH",
    "EINTR",
    "EIO",
    "ENXIO",
    "E2BIG",
    "ENOEXEC",
    "EBADF",
    "ECHILD",
    "EAGAIN",
    "ENOMEM",
    "EACCES",
    "EFAULT",
    "ENOTBLK",
    "EBUSY",
    "EEXIST",
    "EXDEV",
    "ENODEV",
    "ENOTDIR",
    "EISDIR",
    "EINVAL",
    "ENFILE",
    "EMFILE",
    "ENOTTY",
    "ETXTBSY",
    "EFBIG",
    "ENOSPC",
    "ESPIPE",
    "EROFS",
    "EMLINK",
    "EPIPE",
    "EDOM",
    "ERANGE",
    "EDEADLK",
    "ENAMETOOLONG",
    "ENOLCK",
    "ENOSYS",
    "ENOTEMPTY",
    "ELOOP",
    "ENOMSG",
    "EIDRM",
    "ECHRNG",
    "EL2NSYNC",
    "EL3HLT",
    "EL3RST",
    "ELNRNG",
    "EUNATCH",
    "ENOCSI",
    "EL2HLT",
    "EBADE",
    "EBADR",
    "EXFULL",
    "ENOANO",
    "EBADRQC",
    "EBADSLT",
    "EBFONT",
    "ENOSTR",
    "ENODATA",
    "ETIME",
    "ENOSR",
    "ENONET",
    "ENOPKG",
    "EREMOTE",
    "ENOLINK",
    "EADV",
    "ESRMNT",
    "ECOMM",
    "EPROTO",
    "EMULTIHOP",
    "EDOTDOT",
    "EBADMSG",
    "EOVERFLOW",
    "ENOTUNIQ",
    "EBADFD",
    "EREMCHG",
    "ELIBACC",
    "ELIBBAD",
    "ELIBSCN",
    "ELIBMAX",
    "ELIBEXEC",
    "EILSEQ",
    "ERESTART",
    "ESTRPIPE",
    "EUSERS",
    "ENOTSOCK",
    "EDESTADDRREQ",
    "EMSGSIZE",
    "EPROTOTYPE",
    "ENOPROTOOPT",
    "EPROTONOSUPPORT",
    "ESOCKTNOSUPPORT",
    "EOPNOTSUPP",
    "EPFNOSUPPORT",
    "EAFNOSUPPORT",
    "EADDRINUSE",
    "EADDRNOTAVAIL",
    "ENETDOWN",
    "ENETUNREACH",
    "ENETRESET",
    "ECONNABORTED",
    "ECONNRESET",
    "ENOBUFS",
    "EISCONN",
    "ENOTCONN",
    "ESHUTDOWN",
    "ETOOMANYREFS",
    "ETIMEDOUT",
    "ECONNREFUSED",
    "EHOSTDOWN",
    "EHOSTUNREACH",
    "EALREADY",
    "EINPROGRESS",
    "ESTALE",
    "EUCLEAN",
    "ENOTNAM",
    "ENAVAIL",
    "EISNAM",
    "EREMOTEIO",
    "EDQUOT",
    "ENOMEDIUM",
    "EMEDIUMTYPE",
    "ECANCELED",
    "ENOKEY",
    "EKEYEXPIRED",
    "EKEYREVOKED",
    "EKEYREJECTED",
    "EOWNERDEAD",
    "ENOTRECOVERABLE",
    "ERFKILL",
    "EHWPOISON",
];

/// Numbers that no error has.
const UNUSED: [u64; 2] = [41, 58];

/// Second names, which are as good as the first.
const ALIASES: [(&str, &str); 3] =
    [("EWOULDBLOCK", "EAGAIN"), ("EDEADLOCK", "EDEADLK"), ("ENOTSUP", "EOPNOTSUPP")];

const EXPECTED: &str = "an error of a system call, such as \"ECONNRESET\" or 104";

impl Errno {
    /// Input or output failed.
    pub const EIO: Errno = Errno("EIO");

    /// By name, in either case.
    ///
    /// # Errors
    /// An unknown name.
    pub fn named(name: &str) -> Result<Self, String> {
        let upper = name.to_ascii_uppercase();
        let first = ALIASES.iter().find(|(alias, _)| *alias == upper).map_or(&*upper, |(_, first)| *first);
        let known = NAMES.iter().find(|known| **known == first);
        known.map(|known| Self(known)).ok_or_else(|| format!("`{name}` is not {EXPECTED}"))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// By the number that x86 and ARM have for it.
    fn numbered(number: u64) -> Option<Self> {
        let below = UNUSED.iter().filter(|unused| **unused < number).count() as u64;
        let index = number.checked_sub(1 + below).filter(|_| !UNUSED.contains(&number))?;
        NAMES.get(usize::try_from(index).ok()?).map(|name| Self(name))
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Errno {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Errno {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl Visitor<'_> for Any {
            type Value = Errno;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Errno, E> {
                Errno::named(name).map_err(|_| E::unknown_variant(name, &NAMES))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Errno, E> {
                Errno::numbered(number).ok_or_else(|| E::custom(format!("{number} is not {EXPECTED}")))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Errno, E> {
                self.visit_u64(u64::try_from(number).unwrap_or(0))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Value, msgpack};

    fn read(value: impl Into<Value>) -> crate::Result<Errno> {
        msgpack::from_bytes(&msgpack::to_bytes(&value.into()).unwrap())
    }

    #[test]
    fn names_and_numbers_say_the_same() {
        for (number, name) in [
            (1, "EPERM"),
            (5, "EIO"),
            (40, "ELOOP"),
            (42, "ENOMSG"),
            (57, "EBADSLT"),
            (59, "EBFONT"),
            (104, "ECONNRESET"),
            (133, "EHWPOISON"),
        ] {
            assert_eq!((read(number).unwrap().name(), read(name).unwrap().name()), (name, name));
        }
        assert_eq!(read("econnreset").unwrap().name(), "ECONNRESET");
        assert_eq!(read("EWOULDBLOCK").unwrap().name(), "EAGAIN");
    }

    #[test]
    fn what_is_no_error_is_refused() {
        for wrong in [0, 41, 58, 134, -5].map(Value::from).into_iter().chain([Value::from(1.5)]) {
            let refused = read(wrong.clone()).unwrap_err().to_string();
            assert!(refused.contains("\"ECONNRESET\" or 104"), "{wrong:?}: {refused}");
        }
        assert!(read("ENOSPCE").unwrap_err().to_string().contains("`ENOSPCE`, expected one of `EPERM`"));
    }
}
