// The only pointer is replaced by a new one before anything took it back.
use std::mem;

fn choose(first: String, second: String) -> String {
    let mut raw = Box::into_raw(Box::new(first)); //~ orphan-object
    if unsafe { (&*raw).len() } < second.len() {
        raw = Box::into_raw(Box::new(second));
    }
    *unsafe { Box::from_raw(raw) }
}

fn update(text: String) -> usize {
    let mut slot = Box::into_raw(Box::new(text)); //~ orphan-object
    let _ = mem::replace(&mut slot, Box::into_raw(Box::new(String::from("new"))));
    unsafe { Box::from_raw(slot) }.len()
}

fn main() {
    println!("{}", choose("ab".to_string(), "abc".to_string()));
    println!("{}", update("old".to_string()));
}
