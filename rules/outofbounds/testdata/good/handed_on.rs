//! Somebody on the way looks at the index.
pub struct Table {
    cells: Vec<u32>,
}

impl Table {
    unsafe fn cell_unchecked(&self, i: usize) -> &u32 {
        self.cells.get_unchecked(i)
    }

    fn checked(&self, i: usize) -> &u32 {
        assert!(i < self.cells.len());
        unsafe { self.cell_unchecked(i) }
    }

    pub fn cell(&self, i: usize) -> Option<u32> {
        if i < self.cells.len() {
            return Some(unsafe { *self.cell_unchecked(i) });
        }
        None
    }

    pub fn sure(&self, i: usize) -> u32 {
        *self.checked(i)
    }

    pub fn first(&self) -> Option<u32> {
        match self.cells.is_empty() {
            true => None,
            false => Some(unsafe { *self.cell_unchecked(0) }),
        }
    }

    /// # Safety
    /// `i` is less than the number of cells.
    pub unsafe fn raw_cell(&self, i: usize) -> u32 {
        *self.cell_unchecked(i)
    }

    pub fn masked(&self, i: usize) -> u32 {
        unsafe { *self.cell_unchecked(i % self.cells.len()) }
    }

    pub fn part(&self, from: usize, n: usize) -> &[u32] {
        assert!(from <= self.cells.len() && n <= self.cells.len() - from);
        unsafe { self.cells.get_unchecked(from..from + n) }
    }
}

pub fn tail(bytes: &[u8]) -> &[u8] {
    match bytes.first() {
        Some(_) => unsafe { bytes.get_unchecked(1..bytes.len()) },
        None => bytes,
    }
}
