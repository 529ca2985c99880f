//! One name, carried by two files.

use std::fs;

use crate::lines::assert_lines;
use crate::scene::Scene;

#[test]
fn the_same_name_twice_in_a_directory() {
    let mut scene = Scene::new();
    let first = scene.misbehave("nothing");
    fs::copy(&first, scene.file("libother.so")).unwrap();
    let wanted = "plugin */plugins/libother.so: misbehaving is there already, from */plugins/libmisbehaving.so: \
                  remove one of the two";
    assert_lines(&scene.check(), &[wanted]);
    let complaints = scene.play(&[], |_| assert_eq!(scene.state(), "running", "the first one runs"));
    assert_lines(&complaints, &[wanted]);
}

#[test]
fn the_same_name_in_two_directories() {
    let mut scene = Scene::new();
    let first = scene.misbehave("nothing");
    let installed = scene.file("installed");
    fs::create_dir(&installed).unwrap();
    fs::copy(&first, installed.join("libmisbehaving.so")).unwrap();
    let wanted = format!(
        "plugin {}/libmisbehaving.so: not used, since misbehaving is there already, from {}",
        installed.display(),
        first.display()
    );
    let complaints = scene.play(&["--plugins", installed.to_str().unwrap()], |host| {
        // As is meant by whoever names a directory: no reason to worry, and still told.
        host.wait("which one is used", |line| line["message"] == wanted.as_str() && line["level"] == "INFO");
        assert_eq!(scene.bad()["file"].as_str(), first.to_str());
    });
    assert_lines(&complaints, &[]);
}
