//! Too much of something: errors, bytes.

use wildmatch::WildMatch;

use crate::lines::assert_lines;
use crate::scene::Scene;

/// A misdeed at every tick of a millisecond is told the first time, the tenth, the hundredth.
#[track_caller]
fn errors_are_told_seldom(isolated: bool) {
    let mut scene = Scene::new();
    scene.misbehave_there(isolated, "error at every strike");
    let complaints = scene.play(&[], |host| {
        host.wait("the hundredth", |line| line["message"] == "strike failed: missed (100 times)");
        assert_eq!(scene.state(), "running");
    });
    assert_lines(
        &complaints[..3],
        &[
            "bad: strike failed: missed",
            "bad: strike failed: missed (10 times)",
            "bad: strike failed: missed (100 times)",
        ],
    );
    let again = WildMatch::new("bad: strike failed: missed (1*0 times)");
    assert!(
        complaints.len() < 8 && complaints[3..].iter().all(|line| again.matches(line)),
        "{complaints:#?}"
    );
}

#[test]
fn error_at_every_strike() {
    errors_are_told_seldom(false);
}

#[test]
fn error_at_every_strike_of_an_isolated_one() {
    errors_are_told_seldom(true);
}

/// What the victim raises stands in the gate's records, and is not said for the second time.
#[test]
fn every_strike_is_raised_at() {
    let mut scene = Scene::new();
    scene.misbehave("strike that fails");
    let complaints = scene.play(&[], |host| {
        for _ in 0..2 {
            let mark = host.log().mark();
            host.record_after(mark, "a strike that failed", |record| {
                record["method"] == "greet" && !record["error"].is_null()
            });
        }
    });
    assert_lines(&complaints, &[]);
}

#[track_caller]
fn status_is_cut(isolated: bool, misdeed: &str, size: &str) {
    let mut scene = Scene::new();
    scene.misbehave_there(isolated, misdeed);
    let complaints = scene.play(&[], |_| {
        let status = scene.as_operator(&["status"]);
        let bad = status["operations"].as_array().unwrap().iter().find_map(|one| one.get("bad")).unwrap();
        let error = bad["error"].as_str().unwrap_or_default().to_owned();
        let wanted = format!("its status has {size} bytes, and 65536 is the most: let it say less");
        assert_lines(&[error], &[&wanted]);
        assert_eq!(scene.state(), "running");
    });
    // Whoever asks for it reads it there: who watches would fill the log with it.
    assert_lines(&complaints, &[]);
}

#[test]
fn status_of_a_megabyte() {
    status_is_cut(false, "status of a megabyte", "1048*");
}

#[test]
fn status_of_a_megabyte_of_an_isolated_one() {
    status_is_cut(true, "status of a megabyte", "1048*");
}

#[test]
fn status_of_a_hundred_megabytes() {
    status_is_cut(false, "status of a hundred megabytes", "104857*");
}

#[test]
fn status_of_a_hundred_megabytes_of_an_isolated_one() {
    status_is_cut(true, "status of a hundred megabytes", "104857*");
}
