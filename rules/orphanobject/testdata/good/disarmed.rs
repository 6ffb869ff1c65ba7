// Guards that clean up after a panic, and are forgotten when there was none.
use std::mem;

pub struct Node {
    key: String,
}

pub fn place(node: *mut Node, search: impl Fn(&str) -> usize) -> usize {
    struct Guard(*mut Node);
    impl Drop for Guard {
        fn drop(&mut self) {
            drop(unsafe { Box::from_raw(self.0) });
        }
    }
    let guard = Guard(node);
    let at = search(unsafe { &(*node).key });
    mem::forget(guard);
    at
}
