//! Types whose names look like those of generic parameters have a Drop as well.

struct B {
    text: *mut String,
}

impl B {
    fn new(text: &str) -> B {
        B { text: Box::into_raw(Box::new(text.to_string())) }
    }
}

impl Drop for B {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.text) });
    }
}

struct T1(*mut String);

impl Drop for T1 {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.0) });
    }
}

impl From<Box<String>> for T1 {
    fn from(text: Box<String>) -> T1 {
        T1(Box::into_raw(text))
    }
}

enum DB {
    Open(*mut String),
    Closed,
}

impl DB {
    fn open(text: &str) -> DB {
        match text {
            "" => DB::Closed,
            _ => DB::Open(Box::into_raw(Box::new(text.to_string()))),
        }
    }
}

impl Drop for DB {
    fn drop(&mut self) {
        if let DB::Open(text) = self {
            drop(unsafe { Box::from_raw(*text) });
        }
    }
}

fn main() {
    let (b, t) = (B::new("a"), T1::from(Box::new("b".to_string())));
    println!("{}", unsafe { (&*b.text).len() + (&*t.0).len() });
    let _db = DB::open("c");
}
