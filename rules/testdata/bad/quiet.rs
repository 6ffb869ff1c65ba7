// Between the two the caller's code runs, which may panic.
pub fn through(list: Vec<u32>, look: impl Fn(&[u32]) -> usize) -> usize {
    let raw = Box::into_raw(Box::new(list)); //~ orphan-object
    let n = look(unsafe { &*raw });
    drop(unsafe { Box::from_raw(raw) });
    n
}
