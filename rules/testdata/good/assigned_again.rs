// Dropped, assigned anew, and used then.
pub fn renew(text: Box<String>) -> usize {
    let mut raw = Box::into_raw(text);
    drop(unsafe { Box::from_raw(raw) });
    raw = Box::into_raw(Box::new(String::from("new")));
    let n = unsafe { (&*raw).len() };
    drop(unsafe { Box::from_raw(raw) });
    n
}

pub fn owner(mut text: String) -> usize {
    drop(text);
    text = String::from("new");
    text.len()
}
