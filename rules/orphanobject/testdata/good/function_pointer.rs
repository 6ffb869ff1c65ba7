//! A function that the caller passes gets the object itself, or a guard has it.

struct Item {
    name: String,
}

struct Guard(*mut Item);

impl Drop for Guard {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// The callee takes the pointer over; it may have released it before it panicked.
fn handed(take: fn(*mut Item) -> bool, name: &str) -> bool {
    take(Box::into_raw(Box::new(Item { name: name.to_string() })))
}

/// The guard runs also when the check panics.
fn guarded(ok: fn(&Item) -> bool, name: &str) -> bool {
    let guard = Guard(Box::into_raw(Box::new(Item { name: name.to_string() })));
    ok(unsafe { &*guard.0 })
}

/// The check comes before ownership is given up.
fn first(ok: fn(&Item) -> bool, name: &str) -> bool {
    let item = Box::new(Item { name: name.to_string() });
    let is = ok(&item);
    let raw = Box::into_raw(item);
    drop(unsafe { Box::from_raw(raw) });
    is
}

fn main() {
    let take = |p: *mut Item| unsafe { Box::from_raw(p) }.name.is_empty();
    println!("{} {} {}", handed(take, "a"), guarded(|i| i.name.is_empty(), "b"), first(|i| i.name.is_empty(), "c"));
}
