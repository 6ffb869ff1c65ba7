//! A method of a type parameter may do anything, also panic.

struct T(u8);

impl Drop for T {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}

trait Open {
    fn limit(&self) -> usize {
        1 << 16
    }
}

impl Open for u8 {}

fn limited<DB: Open>(db: &DB, text: &str) -> usize {
    let raw = Box::into_raw(Box::new(text.to_string())); //~ orphan-object "lost if a call panics"
    let limit = db.limit();
    let text = unsafe { Box::from_raw(raw) };
    text.len().min(limit)
}

fn limited_too<B: Open>(b: &B, text: &str) -> usize {
    let raw = Box::into_raw(Box::new(text.to_string())); //~ orphan-object "lost if a call panics"
    let limit = b.limit();
    let text = unsafe { Box::from_raw(raw) };
    text.len().min(limit)
}

fn main() {
    drop(T(1));
    println!("{} {}", limited(&1u8, "a"), limited_too(&2u8, "b"));
}
