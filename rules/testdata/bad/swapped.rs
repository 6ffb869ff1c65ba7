// What was swapped in is given up and lost on one path.
pub struct Slot {
    text: String,
}

pub fn take(slot: &mut Slot, keep: bool) -> usize {
    let old = Box::new(std::mem::take(&mut slot.text));
    let raw = Box::into_raw(old); //~ orphan-object
    if keep {
        return 0;
    }
    unsafe { Box::from_raw(raw) }.len()
}
