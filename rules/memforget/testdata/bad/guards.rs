// What a guard's Drop gives back is no memory, but a lock that stays locked is as bad.
use std::cell::{Ref, RefCell};
use std::mem::{self, ManuallyDrop};
use std::sync::{Mutex, MutexGuard, RwLock};

struct Session<'a> {
    id: u32,
    lock: Option<MutexGuard<'a, u32>>,
}

pub fn locked(m: &Mutex<u32>) {
    mem::forget(m.lock()); //~ mem-forget
}

pub fn read(m: &RwLock<u32>) -> u32 {
    let guard = m.read().unwrap();
    let n = *guard;
    mem::forget(guard); //~ mem-forget
    n
}

pub fn session(m: &Mutex<u32>) -> u32 {
    let s = ManuallyDrop::new(Session { id: 1, lock: m.lock().ok() }); //~ mem-forget
    s.id + u32::from(s.lock.is_some())
}

pub fn borrowed(c: &RefCell<u32>) {
    let r: Ref<u32> = c.borrow();
    mem::forget(r); //~ mem-forget
}
