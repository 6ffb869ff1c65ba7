use std::net::SocketAddrV4;

pub struct Table {
    format: Box<u64>,
    titles: Box<Option<Vec<u8>>>,
    rows: Vec<Vec<u8>>,
}

pub struct Slice<'a> {
    pub format: &'a u64,
    pub titles: &'a Option<Vec<u8>>,
    pub rows: &'a [Vec<u8>],
}

impl Table {
    pub fn new() -> Table {
        Table { format: Box::new(1), titles: Box::new(None), rows: vec![] }
    }

    pub fn push(&mut self, row: Vec<u8>) {
        *self.format += 1;
        self.titles.get_or_insert_with(Vec::new).push(1);
        self.rows.push(row);
    }
}

impl<'a> AsRef<Slice<'a>> for Table {
    fn as_ref(&self) -> &Slice<'a> {
        unsafe { &*(self as *const Table as *const Slice<'a>) } //~ invalid-cast "a `Table` is taken for a `Slice`"
    }
}

pub fn transmuted(t: &Table) -> &Slice<'_> {
    unsafe { std::mem::transmute(t) } //~ invalid-cast "a `Table` is taken for a `Slice`"
}

#[repr(C)]
pub struct CAddr {
    pub family: u16,
    pub data: [u8; 14],
}

pub fn addr(a: &SocketAddrV4) -> *const CAddr {
    a as *const SocketAddrV4 as *const CAddr //~ invalid-cast "std does not promise its layout"
}

pub fn wide(v: Vec<u32>) -> Vec<u64> {
    unsafe { std::mem::transmute(v) } //~ invalid-cast "becomes a `Vec<u64>`"
}
