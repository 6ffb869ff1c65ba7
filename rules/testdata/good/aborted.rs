// A guard ends the process before a panic could drop the value twice.
struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        std::process::abort();
    }
}

pub fn update<T>(place: &mut T, change: impl FnOnce(T) -> T) {
    unsafe {
        let old = std::ptr::read(place);
        let guard = Abort;
        let new = change(old);
        std::mem::forget(guard);
        std::ptr::write(place, new);
    }
}

pub fn caught<T>(place: &mut T, change: impl FnOnce(T) -> T) {
    unsafe {
        let old = std::ptr::read(place);
        let new = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| change(old)))
            .unwrap_or_else(|_| std::process::abort());
        std::ptr::write(place, new);
    }
}
