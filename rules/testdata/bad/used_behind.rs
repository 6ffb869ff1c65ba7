// Used behind the drop.
pub fn length(text: Box<String>) -> usize {
    let raw: *const String = &*text;
    drop(text);
    unsafe { (&*raw).len() } //~ use-after-free
}
