//! What is not even a file. The host waits at none of them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::scene::Scene;

/// The table of what stands where the file was, and what is said.
macro_rules! instead {
    ($($name:ident: $put:expr => $wanted:expr;)*) => {$(
        #[test]
        fn $name() {
            let put: fn(&Path) = $put;
            let replace = |file: &Path| {
                fs::remove_file(file).unwrap();
                put(file);
            };
            Scene::new().rejects(replace, $wanted);
        }
    )*};
}

instead! {
    a_link_in_a_circle: |file| symlink(file, file).unwrap()
        => "cannot be read: Too many levels of symbolic links (os error 40): the link leads in a circle: mend or remove it";
    a_link_to_nowhere: |file| symlink("/no/such/library.so", file).unwrap()
        => "cannot be read: No such file or directory (os error 2): the link leads nowhere: mend or remove it";
    a_directory: |file| fs::create_dir(file).unwrap()
        => "it is a directory: put the library in its place, or remove it";
    a_pipe: |file| mknodat(CWD, file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap()
        => "it is not a regular file: put the library in its place, or remove it";
    a_device: |file| symlink("/dev/zero", file).unwrap()
        => "it is not a regular file: put the library in its place, or remove it";
}
