//! Files that are no sound plugins. None of their code runs in the host, and `check` says the same line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chaos_kitty_tests::Workspace;

#[cfg(target_arch = "x86_64")]
use crate::damage::construct;
use crate::damage::{
    MACHINE, SECTION_TABLE, SEGMENT_TABLE, flip, number, replace, spoil_dynamic_section, spoil_relocations,
    tiny_foreign_library, whole,
};
use crate::lines::assert_lines;
use crate::scene::Scene;

/// The table of what is spoilt within a file: how, and what is said.
macro_rules! spoilt {
    ($($name:ident: $spoil:expr => $wanted:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut bytes = whole();
            let spoil: fn(&mut Vec<u8>) = $spoil;
            spoil(&mut bytes);
            Scene::new().rejects(|file| fs::write(file, bytes).unwrap(), $wanted);
        }
    )*};
}

spoilt! {
    damaged_in_its_header: |bytes| flip(&mut bytes[SEGMENT_TABLE..SEGMENT_TABLE + 8])
        => "it is damaged or cut off (segment table): copy or build it again";
    damaged_in_its_section_table: |bytes| { let at = number(bytes, SECTION_TABLE); flip(&mut bytes[at..]) }
        => "it is damaged or cut off (section table): copy or build it again";
    damaged_in_its_manifest: |bytes| replace(bytes, b"abi\x001.0.0\0sdk\0", &[0xff; 14])
        => "its manifest has no name that can be read: build it again";
    damaged_in_its_dynamic_section: |bytes| spoil_dynamic_section(bytes)
        => "loading misbehaving ends the process (*): it is damaged, or its constructors are: copy or build it again";
    damaged_in_its_relocations: |bytes| spoil_relocations(bytes)
        => "loading misbehaving ends the process (SIGSEGV): it is damaged, or its constructors are: copy or build it again";
    cut_off_in_its_header: |bytes| bytes.truncate(40)
        => "it is damaged or cut off (header): copy or build it again";
    cut_off_within_a_segment: |bytes| bytes.truncate(bytes.len() / 16)
        => "it is damaged or cut off (a segment lies beyond its end): copy or build it again";
    cut_off_behind_its_segments: |bytes| bytes.truncate(bytes.len() - 1)
        => "it is damaged or cut off (section table): copy or build it again";
    foreign_architecture: |bytes| (bytes[MACHINE], bytes[MACHINE + 1]) = (22, 0)
        => "it was built for s390x (64 bits, little-endian), and this host runs on *: build it for this machine";
    foreign_and_small: |bytes| *bytes = tiny_foreign_library()
        => "it was built for powerpc64 (64 bits, little-endian), and this host runs on *: build it for this machine";
    a_text: |bytes| *bytes = b"#!/bin/sh\necho meow\n".to_vec()
        => "it is not a Linux library (no ELF file): put the library in its place, or remove it";
    empty: |bytes| bytes.clear()
        => "it is empty: was it copied whole?";
    an_object_file: |bytes| bytes[16] = 1
        => "it is not a shared library: build it with crate-type = [\"cdylib\"]";
    another_abi_version: |bytes| replace(bytes, b"abi\x001.0.0\0", b"abi\x002.0.0\0")
        => "misbehaving speaks ABI 2.0.0, this host speaks 1.*: update this host";
    an_older_abi_version: |bytes| replace(bytes, b"abi\x001.0.0\0", b"abi\x000.9.0\0")
        => "misbehaving speaks ABI 0.9.0, this host speaks 1.*: rebuild it with a newer chaos-kitty-plugin";
    // The same version, and the vtable's first method goes by another name.
    another_layout: |bytes| replace(bytes, b"register;_self,param_0,remove;", b"enroll__;_self,param_0,remove;")
        => "misbehaving cannot be loaded: its types are laid out otherwise than ABI 1.* says: rebuild it with this host's chaos-kitty-plugin";
    hidden_symbols: |bytes| replace(bytes, b"CHAOS_KITTY_MODULE\0", b"CHAOS_DOGGY_MODULE\0")
        => "misbehaving does not export CHAOS_KITTY_MODULE: does its build hide symbols?";
}

// Code of the library's own that the loader runs, before anybody has called it.
#[cfg(target_arch = "x86_64")]
spoilt! {
    a_constructor_that_crashes: |bytes| construct(bytes, b"\x0f\x0b")
        => "loading misbehaving ends the process (SIGILL): it is damaged, or its constructors are: copy or build it again";
    a_constructor_that_exits: |bytes| construct(bytes, b"\x31\xff\xb8\xe7\x00\x00\x00\x0f\x05")
        => "loading misbehaving ends the process (exit status: 0): it is damaged, or its constructors are: copy or build it again";
    a_constructor_that_hangs: |bytes| construct(bytes, b"\xeb\xfe")
        => "loading misbehaving takes more than 10 s: it is damaged, or its constructors are: copy or build it again";
}

#[test]
fn a_library_that_is_no_plugin() {
    let library = |file: &Path| assert!(fs::copy(Workspace::built().foreign_library(), file).is_ok());
    let wanted = "it is a library, but no Chaos Kitty plugin (export_operation! makes one): remove it from the plugins";
    Scene::new().rejects(library, wanted);
    // Where nobody wants it to be an operation, it is not worth a word.
    let scene = Scene::new();
    library(&scene.file("libpurr.so"));
    assert_lines(&scene.check(), &[]);
    assert_lines(&scene.play(&["--strict"], |_| {}), &[]);
}

#[test]
fn a_program() {
    let program = |file: &Path| assert!(fs::copy(Workspace::built().worker(), file).is_ok());
    let wanted = "it is a library, but no Chaos Kitty plugin (export_operation! makes one): remove it from the plugins";
    Scene::new().rejects(program, wanted);
}

#[test]
fn unreadable() {
    let mode = |file: &Path| fs::set_permissions(file, fs::Permissions::from_mode(0o000)).unwrap();
    let wanted =
        "cannot be read: Permission denied (os error 13): let the user read it that this host runs as";
    Scene::of_a_plain_user().rejects(mode, wanted);
}
