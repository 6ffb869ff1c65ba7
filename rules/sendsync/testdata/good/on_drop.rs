// The closure runs when the guard goes, in the thread that owns it then: a
// shared reference to the guard reaches the value alone.
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;

pub struct Guard<T, F>
where
    F: FnOnce(T),
{
    value: ManuallyDrop<T>,
    run: ManuallyDrop<F>,
}

unsafe impl<T: Sync, F: FnOnce(T)> Sync for Guard<T, F> {}

impl<T, F: FnOnce(T)> Guard<T, F> {
    pub fn new(value: T, run: F) -> Self {
        Guard { value: ManuallyDrop::new(value), run: ManuallyDrop::new(run) }
    }
}

impl<T, F: FnOnce(T)> Deref for Guard<T, F> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, F: FnOnce(T)> Drop for Guard<T, F> {
    fn drop(&mut self) {
        let (value, run) = unsafe { (ptr::read(&*self.value), ptr::read(&*self.run)) };
        run(value);
    }
}
