//! One end of a socket, by its bytes.
//!
//! They are read here, and with care: a program may give an address of any length, of which the kernel makes an error, or which
//! it takes where the usual types do not: a Unix path with zeros behind it, without one, or of all 108 bytes.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use chaos_kitty_table::Target;
use rustix::net::SocketAddrAny;

use crate::fd::Line;

/// An address, as the program gave it or the kernel answered it.
pub(crate) struct End<'a>(&'a [u8]);

impl<'a> End<'a> {
    pub(crate) fn of(answered: &'a SocketAddrAny) -> End<'a> {
        // SAFETY: as many bytes as that are there, and written.
        let bytes = unsafe {
            std::slice::from_raw_parts(answered.as_ptr().cast::<u8>(), answered.addr_len() as usize)
        };
        End(bytes)
    }

    /// Nothing where there is none.
    ///
    /// # Safety
    /// It must be null, or have as many bytes as it says.
    pub(crate) unsafe fn given(address: *const libc::sockaddr, length: libc::socklen_t) -> Option<End<'a>> {
        // No address is longer; one that says so is the kernel's to refuse.
        if address.is_null() || length > 128 {
            return None;
        }
        // SAFETY: the caller says so.
        Some(End(unsafe { std::slice::from_raw_parts(address.cast::<u8>(), length as usize) }))
    }

    /// Whether it is at the target's address and port.
    pub(crate) fn is_at(&self, target: &Target) -> bool {
        let mut text = Line::<128>::new();
        let Some(port) = self.write(&mut text) else { return false };
        (target.port == 0 || target.port == port)
            && (target.address.is_empty() || target.address.matches(text.bytes()))
    }

    /// Writes it down, and answers its port, 0 where it has none; nothing where it is no address that can be written.
    fn write(&self, text: &mut Line<128>) -> Option<u16> {
        let (family, rest) = self.0.split_first_chunk::<2>()?;
        match i32::from(u16::from_ne_bytes(*family)) {
            libc::AF_INET => {
                let (port, rest) = rest.split_first_chunk::<2>()?;
                write!(text, "{}", Ipv4Addr::from(*rest.first_chunk::<4>()?)).ok()?;
                Some(u16::from_be_bytes(*port))
            }
            libc::AF_INET6 => {
                let (port, rest) = rest.split_first_chunk::<2>()?;
                let ip = Ipv6Addr::from(*rest.get(4..)?.first_chunk::<16>()?);
                match ip.to_ipv4_mapped() {
                    Some(ip) => write!(text, "{ip}").ok()?,
                    None => write!(text, "{ip}").ok()?,
                }
                Some(u16::from_be_bytes(*port))
            }
            libc::AF_UNIX => {
                text.push(b"unix:");
                match rest.split_first() {
                    Some((0, name)) if !name.is_empty() && name.iter().any(|byte| *byte != 0) => {
                        text.push(b"@");
                        text.push(name);
                    }
                    Some((1.., _)) => text.push(rest.split(|byte| *byte == 0).next()?),
                    _ => return None,
                }
                Some(0)
            }
            _ => None,
        }
    }
}
