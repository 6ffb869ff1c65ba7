pub struct Grid {
    cells: Vec<u32>,
    width: usize,
}

impl Grid {
    pub fn at(&self, i: usize) -> u32 {
        unsafe { *self.cells.get_unchecked(i) } //~ out-of-bounds "the index is the caller's"
    }

    pub fn cell(&self, x: usize, y: usize) -> &u32 {
        unsafe { &*self.cells.as_ptr().add(y * self.width + x) } //~ out-of-bounds "the index is the caller's"
    }

    pub fn checked_in_tests_only(&mut self, i: usize, v: u32) {
        debug_assert!(i < self.cells.len());
        unsafe { *self.cells.as_mut_ptr().add(i) = v }; //~ out-of-bounds "the index is the caller's"
    }

    pub fn first(&self, n: usize) -> &[u32] {
        unsafe { std::slice::from_raw_parts(self.cells.as_ptr(), n) } //~ out-of-bounds "the length is the caller's"
    }

    pub fn truncate(&mut self, n: usize) {
        unsafe { self.cells.set_len(n) }; //~ out-of-bounds "the length is the caller's"
    }

    pub fn load(&mut self, from: &[u32]) {
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), self.cells.as_mut_ptr(), from.len()) }; //~ out-of-bounds "the length is the caller's"
    }

    pub fn width(&self) -> usize {
        self.width
    }
}

impl std::ops::Index<usize> for Grid {
    type Output = u32;

    fn index(&self, i: usize) -> &u32 {
        unsafe { self.cells.get_unchecked(i) } //~ out-of-bounds "the index is the caller's"
    }
}

pub trait Vector {
    type Item;

    fn len(&self) -> usize;

    /// # Safety
    /// So many elements are there.
    unsafe fn set_len(&mut self, n: usize);

    fn reserve(&mut self, more: usize);

    fn as_mut_ptr(&mut self) -> *mut Self::Item;

    fn insert(&mut self, i: usize, x: Self::Item) {
        self.reserve(1);
        unsafe {
            let len = self.len();
            let p = self.as_mut_ptr().add(i);
            std::ptr::copy(p, p.add(1), len - i); //~ out-of-bounds "the length is the caller's"
            std::ptr::write(p, x); //~ out-of-bounds "the index is the caller's"
            self.set_len(len + 1);
        }
    }
}
