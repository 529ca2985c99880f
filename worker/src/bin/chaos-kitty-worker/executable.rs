//! What is about to be executed: whether it takes a library in that it does not ask for.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, elf};

/// Scripts whose interpreters are scripts: the kernel goes no further either.
const DEEPEST: usize = 5;
/// No program's header is farther in than this.
const HEAD: u64 = 1 << 20;
const SETUID_OR_SETGID: u32 = 0o6000;

/// Whether the loader puts a library into this program that it is told to.
///
/// # Errors
/// Why not, and what to do.
pub(crate) fn takes_libraries(program: &OsStr) -> Result<(), String> {
    // What is not there is said by whoever starts it.
    let Some(mut path) = find(program).filter(|path| path.exists()) else { return Ok(()) };
    for _ in 0..DEEPEST {
        let shown = path.display().to_string();
        let head = head(&path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        if let Some(interpreter) = interpreter(&head) {
            let Some(next) = interpreter else { return Ok(()) };
            path = next;
            continue;
        }
        if !head.starts_with(elf::ELFMAG.as_slice()) {
            // A shell executes it.
            path = "/bin/sh".into();
            continue;
        }
        return is_open(&path, &head).map_err(|why| format!("{shown} {why}"));
    }
    Ok(())
}

fn is_open(path: &Path, head: &[u8]) -> Result<(), String> {
    let mode = path.metadata().map_err(|error| error.to_string())?.mode();
    if mode & SETUID_OR_SETGID != 0 {
        return Err("is setuid or setgid: the loader puts no library into it, for who starts it might not be trusted. Strike \
                    it from outside, without --inside"
            .to_owned());
    }
    if rustix::fs::getxattr(path, c"security.capability", &mut [0_u8; 64]).is_ok() {
        return Err("has capabilities of its file's (getcap): the loader puts no library into it. Strike it from outside, \
                    without --inside"
            .to_owned());
    }
    match loader(head) {
        None => Err("is for another machine than this library: strike it from outside, without --inside".to_owned()),
        Some(None) => Err("is statically linked: it has no calls that a library could stand in for. Strike it from outside, without \
                     --inside, or link it dynamically"
            .to_owned()),
        Some(Some(loader)) if loader.windows(7).any(|part| part == b"ld-musl") => {
            Err("is linked with musl, and the library with glibc: strike it from outside, without --inside".to_owned())
        }
        Some(Some(_)) => Ok(()),
    }
}

/// The loader that it asks for, which none is where it is statically linked; nothing where it is for another machine.
fn loader(head: &[u8]) -> Option<Option<&[u8]>> {
    let header = elf::FileHeader64::<Endianness>::parse(head).ok()?;
    let endian = header.endian().ok()?;
    let own = if cfg!(target_arch = "x86_64") { elf::EM_X86_64 } else { elf::EM_AARCH64 };
    if header.e_machine(endian) != own {
        return None;
    }
    let segments = header.program_headers(endian, head).ok()?;
    // Some tools write its name to the end of the file, farther than is looked: it is one all the same.
    let mut asking = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_INTERP);
    let Some(asks) = asking.next() else { return Some(None) };
    Some(Some(asks.interpreter(endian, head).ok().flatten().unwrap_or_default()))
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// What executes a script, where that is there; nothing where it is none.
fn interpreter(head: &[u8]) -> Option<Option<PathBuf>> {
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = line.split(|byte| b" \t\r".contains(byte)).filter(|word| !word.is_empty());
    let path = PathBuf::from(OsString::from_vec(words.next()?.to_vec()));
    if path.file_name() != Some(OsStr::new("env")) {
        return Some(Some(path));
    }
    // It looks for the first word that is neither an option nor a variable.
    let name = words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='));
    Some(match name {
        Some(name) => find(OsStr::from_bytes(name)).filter(|path| path.exists()),
        None => Some(path),
    })
}

/// Where a program is, as execvp finds it.
fn find(program: &OsStr) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Some(program.into());
    }
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found.into_iter().find(|path| path.metadata().is_ok_and(|it| it.is_file() && it.mode() & 0o111 != 0))
}
