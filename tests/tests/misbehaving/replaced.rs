//! Files that change under a host that runs their code.

use std::fs::{self, File};
use std::io::Write;

use crate::lines::assert_lines;
use crate::scene::Scene;

#[test]
fn replaced_in_place_while_mapped() {
    let scene = Scene::new();
    let file = scene.file("libyowl.so");
    // Were the code mapped from this file, the next page that is touched would be the end of the host.
    let complaints = scene.play(&[], |_| {
        let length = file.metadata().unwrap().len();
        let mut same = File::options().write(true).open(&file).unwrap();
        for _ in 0..length.div_ceil(1 << 16) {
            same.write_all(&[0xcc; 1 << 16]).unwrap();
        }
    });
    assert_lines(&complaints, &[]);
    let wanted = "plugin */plugins/libyowl.so: it is not a Linux library (no ELF file): put the library in its place, \
                  or remove it; instance good does not run";
    assert_lines(&scene.check(), &[wanted]);
}

#[test]
fn truncated_while_mapped() {
    let scene = Scene::new();
    let file = scene.file("libyowl.so");
    let truncate = || File::options().write(true).open(&file).unwrap().set_len(0).unwrap();
    assert_lines(&scene.play(&[], |_| truncate()), &[]);
    let wanted = "plugin */plugins/libyowl.so: it is empty: was it copied whole?; instance good does not run";
    assert_lines(&scene.check(), &[wanted]);
}

#[test]
fn removed_while_mapped() {
    let scene = Scene::new();
    let complaints = scene.play(&[], |_| fs::remove_file(scene.file("libyowl.so")).unwrap());
    assert_lines(&complaints, &[]);
}
