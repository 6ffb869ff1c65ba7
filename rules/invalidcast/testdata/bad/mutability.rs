#![allow(invalid_reference_casting)]

pub struct Counter {
    n: u32,
    name: String,
}

impl Counter {
    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut Counter {
        unsafe { &mut *(self as *const Counter as *mut Counter) } //~ invalid-cast "behind a shared reference is borrowed as mutable"
    }

    pub fn bump(&self) {
        let p = self as *const Counter as *mut Counter;
        unsafe { (*p).n += 1 }; //~ invalid-cast "behind a shared reference is written"
    }

    pub fn rename(&self, name: String) {
        let p = (&self.name as *const String).cast_mut();
        unsafe { *p = name }; //~ invalid-cast "behind a shared reference is"
    }
}

pub fn set(v: &[u8], i: usize) {
    assert!(i < v.len());
    unsafe { std::ptr::write(v.as_ptr().add(i) as *mut u8, 0) }; //~ invalid-cast "behind a shared reference is written"
}

pub fn whole(v: &[u8]) -> &mut [u8] {
    unsafe { std::slice::from_raw_parts_mut(v.as_ptr() as *mut u8, v.len()) } //~ invalid-cast "behind a shared reference is borrowed as mutable"
}
