// The setter makes a new owner and loses the old one.
pub struct Slot {
    value: *mut u32,
}

impl Slot {
    pub fn new(x: u32) -> Slot {
        Slot { value: Box::into_raw(Box::new(x)) }
    }
    pub fn set(&mut self, x: u32) {
        self.value = Box::into_raw(Box::new(x)); //~ proxy-field "overwritten"
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.value) });
    }
}
