//! Checks that std lays out what counts references, and what owns buffers, as
//! package graph takes it to. Prints a line for each thing that differs.
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{HashMap, VecDeque};
use std::mem::{size_of, size_of_val};
use std::rc::{Rc, Weak};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;
use std::task::{Wake, Waker};

/// The last block that was asked for.
static ADDR: AtomicUsize = AtomicUsize::new(0);
static SIZE: AtomicUsize = AtomicUsize::new(0);

struct Last;
#[global_allocator]
static LAST: Last = Last;

unsafe impl GlobalAlloc for Last {
    unsafe fn alloc(&self, l: Layout) -> *mut u8 {
        let p = System.alloc(l);
        ADDR.store(p as usize, Relaxed);
        SIZE.store(l.size(), Relaxed);
        p
    }
    unsafe fn dealloc(&self, p: *mut u8, l: Layout) {
        System.dealloc(p, l)
    }
}

fn last() -> (usize, usize) {
    (ADDR.load(Relaxed), SIZE.load(Relaxed))
}

fn word(addr: usize, i: usize) -> usize {
    unsafe { *(addr as *const usize).add(i) }
}

fn words<T: ?Sized>(v: &T) -> Vec<usize> {
    let at = v as *const T as *const u8 as usize;
    (0..size_of_val(v) / size_of::<usize>()).map(|i| word(at, i)).collect()
}

fn differs(what: &str, ok: bool) {
    if !ok {
        println!("{what}");
    }
}

#[repr(align(64))]
struct Wide(u8);
struct Task;
impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

macro_rules! counts {
    ($what:literal, $handle:ident, $new:expr, $value:expr) => {{
        let a = $new;
        let (addr, size) = last();
        let (b, c, w) = (a.clone(), a.clone(), $handle::downgrade(&a));
        let value = &*a as *const _ as *const u8 as usize;
        differs($what, word(addr, 0) == 3 && word(addr, 1) == 2 && value == addr + $value
            && size >= $value + size_of_val(&*a) && words(&a)[0] == addr && words(&w)[0] == addr);
        drop((b, c, a));
        differs($what, word(addr, 0) == 0 && word(addr, 1) == 1);
    }};
}

fn main() {
    println!("tested");
    counts!("Rc", Rc, Rc::new(7u64), 16);
    counts!("Rc", Rc, Rc::new(Wide(1)), 64);
    counts!("Rc", Rc, Rc::<[u32]>::from(vec![1, 2, 3]), 16);
    counts!("Rc", Rc, Rc::<str>::from("text"), 16);
    counts!("Rc", Rc, { let r: Rc<dyn Fn() -> u8> = Rc::new({ let v = std::env::args().count() as u8; move || v }); r }, 16);
    counts!("Arc", Arc, Arc::new([1u64; 3]), 16);
    counts!("Arc", Arc, Arc::new(Wide(2)), 64);
    counts!("Arc", Arc, Arc::<[u8]>::from(vec![1, 2, 3]), 16);
    let none: Weak<u8> = Weak::new();
    differs("Weak", words(&none)[0] == usize::MAX);

    let mut v: Vec<u64> = Vec::with_capacity(9);
    let (buffer, _) = last();
    v.extend([1, 2]);
    differs("Vec", words(&v) == [9, buffer, 2]);
    let mut d: VecDeque<u64> = VecDeque::with_capacity(9);
    let (buffer, _) = last();
    d.extend([1, 2, 3]);
    d.pop_front();
    differs("VecDeque", words(&d) == [9, buffer, 1, 2]);
    let mut m: HashMap<u64, u64> = HashMap::with_capacity(20);
    let (buffer, size) = last();
    m.insert(1, 2);
    let w = words(&m);
    differs("HashMap", w[0] == buffer + 32 * 16 && w[1] == 31 && w[2] == 27 && w[3] == 1
        && (size == 32 * 16 + 32 + 16 || size == 32 * 16 + 32 + 8));
    let b: Box<dyn Wake2> = Box::new([1u64; 5]);
    differs("dyn", word(words(&b)[1], 1) == 40 && word(words(&b)[1], 2) == 8);
    let task = Arc::new(Task);
    let (block, _) = last();
    let w = words(&Waker::from(task));
    differs("Waker", w.len() == 2 && w.contains(&(block + 16)));
}

trait Wake2 {
    fn used(&self) -> u8 {
        1
    }
}
impl Wake2 for [u64; 5] {}
