//! A process that does nothing, and ends when its input does.

use std::io;

fn main() -> io::Result<()> {
    println!("{{}}");
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}
