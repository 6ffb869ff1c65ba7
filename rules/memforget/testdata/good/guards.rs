// A guard that drops is forgotten by nobody; what only looks at a lock has no destructor.
use std::mem;
use std::sync::{Mutex, MutexGuard};

struct View<'a>(&'a MutexGuard<'a, u32>, &'a Mutex<u32>);

fn look(view: View) -> u32 {
    let n = **view.0;
    mem::forget(view);
    n
}

pub fn keep(m: &'static Mutex<u32>) {
    // The process is about to exec: nobody may write from here on.
    mem::forget(m.lock());
}

pub fn seen(m: &Mutex<u32>) -> u32 {
    m.lock().map_or(0, |g| look(View(&g, m)) + u32::from(View(&g, m).1.is_poisoned()))
}
