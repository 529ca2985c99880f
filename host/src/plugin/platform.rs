//! Whether a library was built for the machine that we run on.

/// Offsets in an ELF header, which are the same for every class.
const CLASS: usize = 4;
const BYTE_ORDER: usize = 5;
const MACHINE: usize = 18;

const OUR_CLASS: u8 = if cfg!(target_pointer_width = "64") { 2 } else { 1 };
const OUR_BYTE_ORDER: u8 = if cfg!(target_endian = "little") { 1 } else { 2 };

/// Name in Rust's targets, number in ELF.
const MACHINES: [(&str, u16); 9] = [
    ("x86_64", 62),
    ("x86", 3),
    ("aarch64", 183),
    ("arm", 40),
    ("riscv64", 243),
    ("powerpc64", 21),
    ("s390x", 22),
    ("loongarch64", 258),
    ("mips64", 8),
];

/// Compares class, byte order and machine: the loader says "no such file" of a foreign one.
pub(super) fn check(header: &[u8]) -> Result<(), String> {
    let [Some(&class), Some(&order), Some(&first), Some(&second)] =
        [CLASS, BYTE_ORDER, MACHINE, MACHINE + 1].map(|offset| header.get(offset))
    else {
        return Err("it is damaged or cut off (header): copy or build it again".into());
    };
    let machine =
        if order == 2 { u16::from_be_bytes([first, second]) } else { u16::from_le_bytes([first, second]) };
    let ours = MACHINES.iter().find(|(name, _)| *name == std::env::consts::ARCH);
    // On a machine that is not in the table, the loader has the say.
    let same_machine = ours.is_none_or(|(_, number)| *number == machine);
    if class == OUR_CLASS && order == OUR_BYTE_ORDER && same_machine {
        return Ok(());
    }
    let named = MACHINES.iter().find(|(_, number)| *number == machine);
    let theirs = named.map_or_else(|| format!("machine number {machine}"), |(name, _)| (*name).to_owned());
    let bits = match class {
        1 => "32 bits",
        2 => "64 bits",
        _ => "an unknown class",
    };
    let order = if order == 1 { "little-endian" } else { "big-endian" };
    Err(format!(
        "it was built for {theirs} ({bits}, {order}), and this host runs on {}: build it for this machine",
        std::env::consts::ARCH
    ))
}
