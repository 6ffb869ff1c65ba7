//! A Drop that gives up when work through another field fails.
use std::fmt::Write as _;
use std::io::{self, Write};

struct Log {
    out: io::Stdout,
    name: *mut String, //~ proxy-field "does not release it on every path"
}

impl Log {
    fn new(name: &str) -> Log {
        Log { out: io::stdout(), name: Box::into_raw(Box::new(name.to_string())) }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.out.flush().is_err() {
            return;
        }
        drop(unsafe { Box::from_raw(self.name) });
    }
}

struct To<W: Write> {
    out: W,
    tail: *mut Vec<u8>, //~ proxy-field "does not release it on every path"
}

impl<W: Write> To<W> {
    fn new(out: W) -> To<W> {
        To { out, tail: Box::into_raw(Box::new(vec![1])) }
    }
}

impl<W: Write> Drop for To<W> {
    fn drop(&mut self) {
        let Ok(()) = self.out.write_all(unsafe { &*self.tail }) else {
            return;
        };
        drop(unsafe { Box::from_raw(self.tail) });
    }
}

struct Text {
    all: Box<String>,
    part: *mut u32, //~ proxy-field "does not release it on every path"
}

impl Text {
    fn new(part: u32) -> Text {
        Text { all: Box::default(), part: Box::into_raw(Box::new(part)) }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        match write!(self.all, "{}", unsafe { *self.part }) {
            Ok(()) => drop(unsafe { Box::from_raw(self.part) }),
            Err(_) => eprintln!("lost"),
        }
    }
}

fn main() {
    drop(Log::new("a"));
    drop(To::new(io::sink()));
    drop(Text::new(3));
}
