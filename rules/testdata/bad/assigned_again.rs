// The place gets a new value, but it is read before.
pub fn renew(text: Box<String>) -> usize {
    let raw = Box::into_raw(text);
    drop(unsafe { Box::from_raw(raw) });
    let old = unsafe { (&*raw).len() }; //~ use-after-free
    let raw = Box::into_raw(Box::new(String::new()));
    drop(unsafe { Box::from_raw(raw) });
    old
}
