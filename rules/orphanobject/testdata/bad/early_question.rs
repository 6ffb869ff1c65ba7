// A record is given up before its last field is known to be good.
use std::num::ParseIntError;

struct Record {
    name: String,
    size: u64,
}

fn parse(line: &str) -> Result<Box<Record>, ParseIntError> {
    let (name, size) = line.split_once('=').unwrap_or((line, ""));
    let raw = Box::into_raw(Box::new(Record { name: name.to_string(), size: 0 })); //~ orphan-object
    let size = size.trim().parse()?;
    unsafe {
        (*raw).size = size;
        Ok(Box::from_raw(raw))
    }
}

fn main() {
    for line in ["a = 1", "b = x"] {
        match parse(line) {
            Ok(r) => println!("{} {}", r.name, r.size),
            Err(e) => println!("{e}"),
        }
    }
}
