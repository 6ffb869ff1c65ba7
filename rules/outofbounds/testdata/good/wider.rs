pub fn word(x: &[u8]) -> Option<u32> {
    if x.len() < 4 {
        return None;
    }
    Some(unsafe { std::ptr::read_unaligned(x.as_ptr() as *const u32) })
}

pub fn sliced(x: &[u8]) -> u32 {
    let x = &x[..4];
    unsafe { std::ptr::read_unaligned(x.as_ptr() as *const u32) }
}

pub fn array(x: &[u8; 4]) -> u32 {
    unsafe { std::ptr::read_unaligned(x.as_ptr() as *const u32) }
}

pub struct Text([u8]);

impl Text {
    pub fn new(x: &mut [u8]) -> &mut Text {
        unsafe { &mut *(x as *mut [u8] as *mut Text) }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}
