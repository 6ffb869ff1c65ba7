pub struct Pool {
    entries: Vec<Option<String>>,
}

impl Pool {
    pub fn both(&mut self, keys: [usize; 2]) -> Option<&mut String> {
        let entries = self.entries.as_mut_ptr();
        let end = self.entries.capacity();
        for &key in keys.iter() {
            if key >= end {
                return None;
            }
            if let Some(s) = unsafe { &mut *entries.add(key) } { //~ out-of-bounds "compared with the capacity"
                return Some(s);
            }
        }
        None
    }

    pub fn get(&self, i: usize) -> Option<&Option<String>> {
        if i <= self.entries.len() {
            return Some(unsafe { self.entries.get_unchecked(i) }); //~ out-of-bounds "may be the length itself"
        }
        None
    }

    pub fn asserted(&self, i: usize) -> bool {
        assert!(i <= self.entries.len());
        unsafe { (*self.entries.as_ptr().add(i)).is_some() } //~ out-of-bounds "may be the length itself"
    }
}

/// # Safety
/// Any bytes are a `u32`.
pub unsafe fn halves(v: Vec<u64>) -> Vec<u32> {
    let mut v = std::mem::ManuallyDrop::new(v);
    let len = v.len() * 8 / 4;
    let capacity = v.capacity() * 8 / 4;
    unsafe { Vec::from_raw_parts(v.as_mut_ptr() as *mut u32, capacity, len) } //~ out-of-bounds "the capacity is given as the length"
}
