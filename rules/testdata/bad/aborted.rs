// The closure may panic while two owners hold one value.
pub fn update<T>(place: &mut T, change: impl FnOnce(T) -> T) {
    unsafe {
        let old = std::ptr::read(place); //~ panic-safety
        let new = change(old);
        std::ptr::write(place, new);
    }
}
