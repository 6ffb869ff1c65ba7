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

/// A safe function cannot know how long the text is.
pub fn length(text: *const u16) -> usize {
    let mut n = 0;
    while unsafe { *text.add(n) } != 0 { //~ out-of-bounds "a safe function gets a raw pointer"
        n += 1;
    }
    n
}

pub fn copied(from: *const u8, n: usize) -> Vec<u8> {
    unsafe { std::slice::from_raw_parts(from, n) }.to_vec() //~ out-of-bounds "a safe function gets a raw pointer"
}

pub struct Shared {
    cells: std::cell::UnsafeCell<Vec<u32>>,
}

impl Shared {
    pub fn cell(&self, i: usize) -> u32 {
        unsafe { *(&*self.cells.get()).get_unchecked(i) } //~ out-of-bounds "is the caller's"
    }
}

pub fn added(v: &[u32], n: usize) -> u32 {
    let mut s = 0;
    for i in 0..n {
        s += unsafe { *v.get_unchecked(i) }; //~ out-of-bounds "is the caller's"
    }
    s
}
