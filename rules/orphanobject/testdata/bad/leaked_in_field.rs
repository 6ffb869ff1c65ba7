// A leak "for the life of the process" that each value of a type repeats.

pub struct Bucket<T: 'static> {
    pub length: usize,
    entries: &'static mut [T; 4],
}

impl<T: Default> Default for Bucket<T> {
    fn default() -> Bucket<T> {
        let entries = Box::new([T::default(), T::default(), T::default(), T::default()]);
        Bucket { length: 0, entries: Box::leak(entries) } //~? orphan-object "leaked with each `Bucket`"
    }
}

impl<T> Bucket<T> {
    pub fn first(&mut self) -> &mut T {
        &mut self.entries[0]
    }
}

// The destructor takes it back.
pub struct Owned {
    entries: &'static mut [u8; 4],
}

impl Owned {
    pub fn new() -> Owned {
        Owned { entries: Box::leak(Box::new([0; 4])) }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.entries as *mut [u8; 4]) });
    }
}
