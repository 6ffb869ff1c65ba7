// What runs between giving up and taking back cannot panic.
use std::mem::ManuallyDrop;

pub fn through(list: Vec<u32>) -> Vec<u32> {
    let mut list = ManuallyDrop::new(list);
    let (ptr, len, room) = (list.as_mut_ptr(), list.len(), list.capacity());
    unsafe { Vec::from_raw_parts(ptr, len, room) }
}

pub fn count(list: Vec<u32>) -> usize {
    let raw = Box::into_raw(Box::new(list));
    let n = unsafe { (&*raw).len() };
    drop(unsafe { Box::from_raw(raw) });
    n
}
