// replace, take and swap move values: neither is a second owner of one.
pub struct Slot {
    text: Box<String>,
    spare: Option<Box<String>>,
}

pub fn replace(slot: &mut Slot, next: Box<String>) -> usize {
    let old = std::mem::replace(&mut slot.text, next);
    slot.text.len() + old.len()
}

pub fn take(slot: &mut Slot) -> usize {
    let old = slot.spare.take();
    slot.spare = Some(Box::default());
    old.map_or(0, |s| s.len())
}

pub fn swap(slot: &mut Slot, other: &mut Slot) -> usize {
    std::mem::swap(&mut slot.text, &mut other.text);
    let raw = Box::into_raw(std::mem::take(&mut slot.text));
    let back = unsafe { Box::from_raw(raw) };
    std::mem::swap(&mut slot.spare, &mut other.spare);
    back.len() + slot.text.len()
}
