//! Types whose names look like those of generic parameters.

struct B(*mut String);

impl Drop for B {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.0) });
    }
}

struct T1 {
    text: *mut String,
}

impl Drop for T1 {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.text) });
    }
}

struct DB;

trait Open {
    fn limit(&self) -> usize {
        1 << 16
    }
}

impl Open for DB {}

/// The guard's own Drop releases the text, also when the work panics.
fn guarded(text: &str, work: impl Fn(&str)) {
    let raw = Box::into_raw(Box::new(text.to_string()));
    let guard = B(raw);
    work(unsafe { &*guard.0 });
}

fn guarded_too(text: &str, work: fn(&str)) {
    let raw = Box::into_raw(Box::new(text.to_string()));
    let guard = T1 { text: raw };
    work(unsafe { &*guard.text });
}

/// A method of a type of this crate: nobody else chooses its code.
fn limited(db: &DB, text: &str) -> usize {
    let raw = Box::into_raw(Box::new(text.to_string()));
    let limit = db.limit();
    let text = unsafe { Box::from_raw(raw) };
    text.len().min(limit)
}

fn main() {
    guarded("a", |s| println!("{s}"));
    guarded_too("b", |s| println!("{s}"));
    println!("{}", limited(&DB, "c"));
}
