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

/// # Safety
/// The text ends in a 0.
pub unsafe fn length(text: *const u16) -> usize {
    let mut n = 0;
    while *text.add(n) != 0 {
        n += 1;
    }
    n
}

/// Other languages call it, which know no `unsafe`.
pub extern "C" fn sum(from: *const u8, n: usize) -> u32 {
    unsafe { std::slice::from_raw_parts(from, n) }.iter().map(|&b| b as u32).sum()
}

fn private(from: *const u8, n: usize) -> Vec<u8> {
    unsafe { std::slice::from_raw_parts(from, n) }.to_vec()
}

pub fn copied(bytes: &[u8]) -> Vec<u8> {
    private(bytes.as_ptr(), bytes.len())
}

pub fn added(v: &[u32], n: usize) -> u32 {
    assert!(n <= v.len());
    let mut s = 0;
    for i in 0..n {
        s += unsafe { *v.get_unchecked(i) };
    }
    s
}

pub fn sum_from(v: &[u32], n: usize) -> u32 {
    let mut s = 0;
    for i in n..v.len() {
        s += unsafe { *v.get_unchecked(i) };
    }
    s
}
