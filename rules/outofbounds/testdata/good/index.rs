pub struct Grid {
    cells: Vec<u32>,
    width: usize,
}

impl Grid {
    pub fn at(&self, i: usize) -> u32 {
        assert!(i < self.cells.len());
        unsafe { *self.cells.get_unchecked(i) }
    }

    pub fn cell(&self, x: usize, y: usize) -> Option<&u32> {
        let i = y.checked_mul(self.width)?.checked_add(x)?;
        if i < self.cells.len() {
            return Some(unsafe { &*self.cells.as_ptr().add(i) });
        }
        None
    }

    /// # Safety
    /// `i` is smaller than the length.
    pub unsafe fn unchecked(&self, i: usize) -> u32 {
        unsafe { *self.cells.get_unchecked(i) }
    }

    pub fn wrapped(&self, i: usize) -> u32 {
        assert!(!self.cells.is_empty());
        unsafe { *self.cells.get_unchecked(i % self.cells.len()) }
    }

    pub fn first(&self, n: usize) -> &[u32] {
        unsafe { std::slice::from_raw_parts(self.cells.as_ptr(), n.min(self.cells.len())) }
    }

    pub fn truncate(&mut self, n: usize) {
        if n <= self.cells.len() {
            unsafe { self.cells.set_len(n) };
        }
    }

    pub fn load(&mut self, from: &[u32]) {
        self.cells.clear();
        self.cells.reserve(from.len());
        unsafe {
            std::ptr::copy_nonoverlapping(from.as_ptr(), self.cells.as_mut_ptr(), from.len());
            self.cells.set_len(from.len());
        }
    }

    fn check(&self, i: usize) {
        if i >= self.cells.len() {
            panic!("no cell {i}");
        }
    }

    pub fn through_a_helper(&self, i: usize) -> u32 {
        self.check(i);
        unsafe { *self.cells.get_unchecked(i) }
    }

    pub fn sum(&self) -> u32 {
        let mut sum = 0;
        for i in 0..self.cells.len() {
            sum += self.private(i);
        }
        sum
    }

    fn private(&self, i: usize) -> u32 {
        unsafe { *self.cells.get_unchecked(i) }
    }
}

mod inner {
    pub struct Table(pub Vec<u8>);

    impl Table {
        /// Nobody outside can name the type.
        pub fn get(&self, i: usize) -> u8 {
            unsafe { *self.0.get_unchecked(i) }
        }
    }
}

pub fn used(v: Vec<u8>) -> u8 {
    assert!(v.len() > 3);
    inner::Table(v).get(3)
}

pub fn whole(v: &[u8]) -> &[i8] {
    unsafe { std::slice::from_raw_parts(v.as_ptr() as *const i8, v.len()) }
}

pub fn byte(table: &[u32; 256], b: u8) -> u32 {
    unsafe { *table.get_unchecked(b as usize) }
}
