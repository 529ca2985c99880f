//! Ways to spoil a library.

use std::fs;

use chaos_kitty_tests::Workspace;

/// Where the header says which machine it is for, and where its tables lie.
pub(crate) const MACHINE: usize = 18;
pub(crate) const SEGMENT_TABLE: usize = 32;
pub(crate) const SECTION_TABLE: usize = 40;

/// The size of a segment's entry, and the type of the one for the loader.
const SEGMENT: usize = 56;
const DYNAMIC: u32 = 2;

/// The type of a segment that is mapped.
const LOAD: u32 = 1;

/// Tags of what the loader goes by: the table of places to be written to, and the code to be run.
const RELOCATIONS: usize = 7;
#[cfg(target_arch = "x86_64")]
const CONSTRUCTOR: usize = 12;

/// The bytes of a whole plugin, to be spoilt.
pub(crate) fn whole() -> Vec<u8> {
    fs::read(Workspace::built().plugin("misbehaving")).unwrap()
}

/// A number of the file's: of 64 bits and little-endian, as on every machine that these tests run on.
pub(crate) fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}

/// Flips every bit of these bytes.
pub(crate) fn flip(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte = !*byte);
}

/// Replaces a text by one of its length wherever it stands.
#[track_caller]
pub(crate) fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty(), "{} is not there", String::from_utf8_lossy(from));
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
}

/// Flips what the loader goes by, where nothing but the loader looks.
pub(crate) fn spoil_dynamic_section(bytes: &mut [u8]) {
    for entry in dynamic_entries(bytes) {
        flip_address(&mut bytes[entry + 8..entry + 16]);
    }
}

/// Has the loader write to places that are none of the library's.
pub(crate) fn spoil_relocations(bytes: &mut [u8]) {
    let table = place_of(bytes, RELOCATIONS);
    flip_address(&mut bytes[table..table + 8]);
}

/// Has the loader run this.
#[cfg(target_arch = "x86_64")]
pub(crate) fn construct(bytes: &mut [u8], code: &[u8]) {
    let at = place_of(bytes, CONSTRUCTOR);
    bytes[at..at + code.len()].copy_from_slice(code);
}

/// Where segments of a type have their entries.
fn segments(bytes: &[u8], wanted: u32) -> Vec<usize> {
    let table = number(bytes, SEGMENT_TABLE);
    let count = usize::from(u16::from_le_bytes([bytes[56], bytes[57]]));
    let kind = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    (0..count).map(|segment| table + segment * SEGMENT).filter(|&at| kind(at) == wanted).collect()
}

/// The places of the loader's own table: entries of a tag and a value.
fn dynamic_entries(bytes: &[u8]) -> Vec<usize> {
    let dynamic = segments(bytes, DYNAMIC)[0];
    let (start, size) = (number(bytes, dynamic + 8), number(bytes, dynamic + 32));
    // A tag of 0 ends them.
    (start..start + size).step_by(16).take_while(|&entry| number(bytes, entry) != 0).collect()
}

/// Where in the file lies what the loader finds under this tag.
fn place_of(bytes: &[u8], tag: usize) -> usize {
    let entry = dynamic_entries(bytes).into_iter().find(|&entry| number(bytes, entry) == tag).unwrap();
    let address = number(bytes, entry + 8);
    // Of a segment, its place in the file, its address, and its size.
    let places =
        segments(bytes, LOAD).into_iter().map(|at| [8, 16, 32].map(|field| number(bytes, at + field)));
    let holds = |[_, start, size]: &[usize; 3]| (*start..start + size).contains(&address);
    let [place, start, _] = places.into_iter().find(holds).unwrap();
    place + (address - start)
}

/// So high that nothing is there, whatever is added.
fn flip_address(address: &mut [u8]) {
    flip(&mut address[6..]);
}

/// A library of another machine, of which there is nothing but what makes it one.
pub(crate) fn tiny_foreign_library() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    // ELF, 64 bits, little-endian, version 1.
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    // A shared library for PowerPC; a header of 64 bytes, and no tables.
    (bytes[16], bytes[MACHINE], bytes[20], bytes[52]) = (3, 21, 1, 64);
    bytes
}
