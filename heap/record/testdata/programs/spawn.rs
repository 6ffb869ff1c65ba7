//! Starts other programs, in the ways that std has.
use std::process::{Command, Stdio};

fn main() {
    let out = Command::new("echo").arg("one").output().unwrap();
    print!("{}", String::from_utf8_lossy(&out.stdout));
    let status = Command::new("sh").args(["-c", "exit 3"]).env("A", "b").stdin(Stdio::null()).status().unwrap();
    println!("{:?}", status.code());
    println!("{}", Command::new("/no/such").spawn().is_err());
}
