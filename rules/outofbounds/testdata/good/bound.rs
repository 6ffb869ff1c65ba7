use std::mem::MaybeUninit;

pub struct Pool {
    entries: Vec<Option<String>>,
    spare: Vec<MaybeUninit<u8>>,
}

impl Pool {
    pub fn both(&mut self, keys: [usize; 2]) -> Option<&mut String> {
        let entries = self.entries.as_mut_ptr();
        let end = self.entries.len();
        for &key in keys.iter() {
            if key >= end {
                return None;
            }
            if let Some(s) = unsafe { &mut *entries.add(key) } {
                return Some(s);
            }
        }
        None
    }

    pub fn push(&mut self, s: String) -> Result<(), String> {
        let n = self.entries.len();
        if n < self.entries.capacity() {
            unsafe {
                self.entries.as_mut_ptr().add(n).write(Some(s));
                self.entries.set_len(n + 1);
            }
            return Ok(());
        }
        Err(s)
    }

    pub fn insert(&mut self, i: usize, s: String) {
        let n = self.entries.len();
        assert!(i <= n);
        self.entries.reserve(1);
        unsafe {
            let p = self.entries.as_mut_ptr().add(i);
            std::ptr::copy(p, p.add(1), n - i);
            p.write(Some(s));
            self.entries.set_len(n + 1);
        }
    }

    pub fn slot(&mut self, i: usize) -> Option<&mut MaybeUninit<u8>> {
        if i < self.spare.capacity() {
            return Some(unsafe { &mut *self.spare.as_mut_ptr().add(i) });
        }
        None
    }

    pub fn tail(&self, i: usize) -> &[Option<String>] {
        assert!(i <= self.entries.len());
        unsafe { std::slice::from_raw_parts(self.entries.as_ptr().add(i), self.entries.len() - i) }
    }
}

/// # Safety
/// Any bytes are a `u32`.
pub unsafe fn rebuilt(v: Vec<u32>) -> Vec<i32> {
    let mut v = std::mem::ManuallyDrop::new(v);
    unsafe { Vec::from_raw_parts(v.as_mut_ptr() as *mut i32, v.len(), v.capacity()) }
}

pub fn head(v: &mut [u8], n: usize) -> &mut [u8] {
    assert!(n <= v.len());
    unsafe { v.get_unchecked_mut(..n) }
}
