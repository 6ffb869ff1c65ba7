// An owner is read twice out of one place, and both are dropped.
pub fn both(text: String) -> usize {
    let copy = unsafe { std::ptr::read(&text) }; //~ double-free
    copy.len() + text.len()
}
