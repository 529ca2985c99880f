//! Makes a process a Chaos Kitty victim: a library to link, and a binary to run any program
