//! Destructors that ask the value's own state, by call or by a field, before they release.
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

struct Flag {
    text: *mut String,
    done: AtomicBool,
}

impl Flag {
    fn new() -> Flag {
        Flag { text: Box::into_raw(Box::default()), done: AtomicBool::new(false) }
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        if self.done.compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        drop(unsafe { Box::from_raw(self.text) });
    }
}

struct Counted {
    text: *mut (AtomicUsize, String),
}

impl Counted {
    fn new() -> Counted {
        Counted { text: Box::into_raw(Box::default()) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if unsafe { &*self.text }.0.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        drop(unsafe { Box::from_raw(self.text) });
    }
}

/// Whether there is a mapping is asked of the value as a whole.
struct Mapped {
    file: File,
    text: *mut String,
    owned: bool,
}

impl Mapped {
    fn new(file: File) -> Mapped {
        Mapped { file, text: Box::into_raw(Box::default()), owned: true }
    }
    fn check(&mut self) -> io::Result<()> {
        if !self.owned {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if self.check().is_err() {
            return;
        }
        drop(unsafe { Box::from_raw(self.text) });
    }
}

/// The outcome of the work does not decide.
struct Log {
    out: io::Stdout,
    text: *mut String,
}

impl Log {
    fn new() -> Log {
        Log { out: io::stdout(), text: Box::into_raw(Box::default()) }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.out.flush().is_err() {
            eprintln!("not flushed");
        }
        drop(unsafe { Box::from_raw(self.text) });
    }
}

/// A bool that another field gives may be a flag of the value.
struct Switch(*mut String, Lamp);

struct Lamp(bool);

impl Lamp {
    fn is_on(&self) -> bool {
        self.0
    }
}

impl Switch {
    fn new() -> Switch {
        Switch(Box::into_raw(Box::default()), Lamp(true))
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        if self.1.is_on() {
            drop(unsafe { Box::from_raw(self.0) });
        }
    }
}

fn main() {
    drop((Flag::new(), Counted::new(), Log::new(), Switch::new()));
    if let Ok(mut m) = File::open("/dev/null").map(Mapped::new) {
        println!("{:?} {}", m.file.read(&mut [0]), m.owned);
    }
}
