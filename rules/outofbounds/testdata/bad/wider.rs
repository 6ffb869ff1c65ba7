pub fn word(x: &[u8]) -> u32 {
    unsafe { std::ptr::read_unaligned(x.as_ptr() as *const u32) } //~ out-of-bounds "may be too short"
}

#[repr(C, packed)]
pub struct Head {
    pub magic: u32,
    pub len: u32,
}

pub fn head(x: &[u8]) -> &Head {
    unsafe { &*(x.as_ptr() as *const Head) } //~ out-of-bounds "may be too short"
}
