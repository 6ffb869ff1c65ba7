// The number of a file is all that is left of it; nobody closes the file.
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};

fn number_of(path: &str) -> io::Result<i32> {
    let fd = File::open(path)?.into_raw_fd(); //~ orphan-object
    Ok(fd % 2)
}

fn same(a: &str, b: &str) -> io::Result<bool> {
    let fd = File::open(a)?.into_raw_fd(); //~ orphan-object
    let other = File::open(b)?;
    let equal = fd == other.as_raw_fd();
    drop(unsafe { File::from_raw_fd(fd) });
    Ok(equal)
}

fn main() -> io::Result<()> {
    println!("{}", number_of("/dev/null")? < 2);
    println!("{}", same("/dev/null", "/no/such/file").is_err());
    Ok(())
}
