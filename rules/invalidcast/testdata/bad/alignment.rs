pub fn word(x: &[u8]) -> u32 {
    assert!(x.len() >= 4);
    unsafe { *(x.as_ptr() as *const u32) } //~ invalid-cast "a `u32` is taken from where a `u8` may lie"
}

pub fn words(x: &[u8]) -> &[u16] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u16, x.len() / 2) } //~ invalid-cast "a `u16` is taken from where a `u8` may lie"
}

pub fn pair(x: &[u32], i: usize) -> u64 {
    assert!(i + 1 < x.len());
    unsafe { *(&x[i] as *const u32 as *const u64) } //~ invalid-cast "a `u64` is taken from where a `u32` may lie"
}

pub fn fill(x: &mut [u8], v: u64) {
    assert!(x.len() >= 8);
    let p = x.as_mut_ptr() as *mut u64;
    unsafe { *p = v }; //~ invalid-cast "a `u64` is taken from where a `u8` may lie"
}

#[repr(C)]
pub struct Head {
    pub magic: [u8; 4],
    pub len: u32,
}

pub fn head(x: &[u8]) -> Option<&Head> {
    if x.len() < 8 {
        return None;
    }
    Some(unsafe { &*(x.as_ptr() as *const Head) }) //~ invalid-cast "a `Head` is taken from where a `u8` may lie"
}
