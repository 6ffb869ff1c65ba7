//! The index goes on to a function that does not look at it, or is a part of a range.
pub struct Table {
    cells: Vec<u32>,
}

impl Table {
    unsafe fn cell_unchecked(&self, i: usize) -> &u32 {
        self.cells.get_unchecked(i)
    }

    fn row(&self, i: usize) -> &u32 {
        unsafe { self.cell_unchecked(i * 8) }
    }

    pub fn cell(&self, i: usize) -> u32 {
        unsafe { *self.cell_unchecked(i) } //~ out-of-bounds "neither this function nor"
    }

    pub fn first_of(&self, row: usize) -> u32 {
        *self.row(row) //~ out-of-bounds "neither this function nor"
    }

    pub fn part(&self, from: usize, n: usize) -> &[u32] {
        unsafe { self.cells.get_unchecked(from..from + n) } //~ out-of-bounds "is the caller's"
    }
}

pub fn word(bytes: &[u8], at: usize) -> &[u8] {
    unsafe { bytes.get_unchecked(at..at + 4) } //~ out-of-bounds "is the caller's"
}
