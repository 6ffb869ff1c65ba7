// A guard that has a count of what it locks gives it back in its destructor.
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;

pub struct Guard {
    lock: NonNull<String>,
}

impl Guard {
    pub fn new(lock: Arc<String>) -> Guard {
        Guard { lock: unsafe { NonNull::new_unchecked(Arc::into_raw(lock) as *mut String) } }
    }

    fn inner(guard: &Self) -> ManuallyDrop<Arc<String>> {
        ManuallyDrop::new(unsafe { Arc::from_raw(guard.lock.as_ptr()) })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let lock = ManuallyDrop::into_inner(Self::inner(self));
        println!("{lock}");
    }
}
