// A panic between giving up and taking back, and what makes it harmless.
use std::mem;

struct Guard<T>(*mut T);

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.0) });
    }
}

pub fn guarded<T, R>(x: T, f: impl FnOnce(&T) -> R) -> R {
    let g = Guard(Box::into_raw(Box::new(x)));
    f(unsafe { &*g.0 })
}

struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        std::process::abort();
    }
}

pub fn replace_with<T>(at: &mut T, f: impl FnOnce(T) -> T) {
    let bomb = Abort;
    unsafe {
        let old = std::ptr::read(at);
        std::ptr::write(at, f(old));
    }
    mem::forget(bomb);
}

pub fn nothing_panics(v: Vec<u8>) -> usize {
    let p = Box::into_raw(Box::new(v));
    let n = unsafe { (&*p).len() };
    drop(unsafe { Box::from_raw(p) });
    n
}

pub fn only_a_check(v: Vec<u8>, at: usize) -> u8 {
    let table = [1u8, 2, 3];
    let p = Box::into_raw(Box::new(v));
    let x = table[at];
    drop(unsafe { Box::from_raw(p) });
    x
}
