// Under the flag the value is moved away; without it, it is forgotten.
pub fn send(text: Box<String>, now: bool, out: &mut Vec<Box<String>>) {
    let raw = Box::into_raw(text); //~ orphan-object
    if now {
        out.push(unsafe { Box::from_raw(raw) });
    }
}
