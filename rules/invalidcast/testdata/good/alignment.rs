pub fn word(x: &[u8]) -> u32 {
    assert!(x.len() >= 4);
    unsafe { (x.as_ptr() as *const u32).read_unaligned() }
}

pub fn words(x: &[u8]) -> &[u16] {
    assert!((x.as_ptr() as *const u16).is_aligned());
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u16, x.len() / 2) }
}

pub fn tested(x: &[u8]) -> Option<u32> {
    if x.len() < 4 || x.as_ptr() as usize % std::mem::align_of::<u32>() != 0 {
        return None;
    }
    Some(unsafe { *(x.as_ptr() as *const u32) })
}

pub fn smaller(x: &[u32]) -> u16 {
    assert!(!x.is_empty());
    unsafe { *(x.as_ptr() as *const u16) }
}

pub fn same(x: &[u32]) -> &[i32] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const i32, x.len()) }
}

pub fn copied(x: &[u8]) -> u64 {
    assert!(x.len() >= 8);
    let mut out = 0u64;
    unsafe { std::ptr::copy_nonoverlapping(x.as_ptr(), &mut out as *mut u64 as *mut u8, 8) };
    out
}

#[repr(C, packed)]
pub struct Packed {
    pub magic: [u8; 4],
    pub len: u32,
}

#[repr(C)]
pub struct Bytes {
    pub magic: [u8; 4],
    pub len: [u8; 4],
}

pub fn packed(x: &[u8]) -> Option<&Packed> {
    if x.len() < 8 {
        return None;
    }
    Some(unsafe { &*(x.as_ptr() as *const Packed) })
}

pub fn bytes(x: &[u8]) -> Option<&Bytes> {
    if x.len() < 8 {
        return None;
    }
    Some(unsafe { &*(x.as_ptr() as *const Bytes) })
}
