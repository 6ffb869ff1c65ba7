//! A table of functions beside the pointer may be what releases it.

struct Vtable {
    size: usize,
    drop: unsafe fn(*mut u8),
}

static WORDS: Vtable = Vtable { size: 8, drop: free };

unsafe fn free(p: *mut u8) {
    drop(unsafe { Box::from_raw(p.cast::<u64>()) });
}

struct Erased {
    p: *mut u8,
    v: &'static Vtable,
}

impl Erased {
    fn new(n: u64) -> Erased {
        Erased { p: Box::into_raw(Box::new(n)).cast(), v: &WORDS }
    }
}

struct Lent<'a>(*mut u8, &'a Vtable);

impl<'a> Lent<'a> {
    fn new(n: u64, v: &'a Vtable) -> Lent<'a> {
        Lent(Box::into_raw(Box::new(n)).cast(), v)
    }
}

struct Table<T> {
    visit: fn(&T),
}

struct Raw {
    v: *const Table<u64>,
    p: *mut u64,
}

impl Raw {
    fn new(n: u64, v: &Table<u64>) -> Raw {
        Raw { v, p: Box::into_raw(Box::new(n)) }
    }
}

struct One {
    p: *mut u8,
    free: Option<unsafe fn(*mut u8)>,
}

impl One {
    fn new(n: u64) -> One {
        One { p: Box::into_raw(Box::new(n)).cast(), free: Some(free) }
    }
}

fn main() {
    let e = Erased::new(1);
    println!("{}", e.v.size);
    unsafe { (e.v.drop)(e.p) };
    let l = Lent::new(2, &WORDS);
    unsafe { (l.1.drop)(l.0) };
    let r = Raw::new(3, &Table { visit: |n| println!("{n}") });
    unsafe { ((*r.v).visit)(&*r.p) };
    let o = One::new(4);
    println!("{:p} {}", o.p, o.free.is_some());
}
