//! Allocates at stacks of many kinds: closures, trait objects, generics, formatting,
//! collections, recursion, panics that are caught, threads, large and realigned
//! frames, sorting with callbacks.
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::hint::black_box;
use std::rc::Rc;

trait Shape {
    fn area(&self, depth: u32) -> String;
}
struct Square(f64);
struct Group(Vec<Box<dyn Shape>>);

impl Shape for Square {
    fn area(&self, depth: u32) -> String {
        format!("{:>width$.3}", self.0 * self.0, width = depth as usize)
    }
}
impl Shape for Group {
    fn area(&self, depth: u32) -> String {
        self.0.iter().map(|s| s.area(depth + 1)).collect::<Vec<_>>().join(",")
    }
}

fn shapes(n: u32) -> Box<dyn Shape> {
    if n == 0 {
        return Box::new(Square(2.5));
    }
    Box::new(Group((0..3).map(|_| shapes(n - 1)).collect()))
}

#[repr(align(64))]
struct Aligned([u64; 16]);

#[inline(never)]
fn realigned(n: u64) -> Box<u64> {
    let mut a = Aligned([n; 16]);
    black_box(&mut a);
    let inner = if n > 0 { realigned(n - 1) } else { Box::new(1) };
    black_box(&mut a);
    Box::new(a.0[3] + *inner)
}

#[inline(never)]
fn large_frame(n: usize) -> Vec<u8> {
    let mut room = [0u8; 20_000];
    black_box(&mut room)[n] = 1;
    let v = if n > 0 { large_frame(n - 1) } else { Vec::new() };
    black_box(&room);
    [v, vec![room[n]]].concat()
}

struct Noisy(Rc<RefCell<Vec<String>>>);
impl Drop for Noisy {
    fn drop(&mut self) {
        let text = format!("dropped {}", self.0.borrow().len());
        self.0.borrow_mut().push(text);
    }
}

#[inline(never)]
fn unwinds(n: u32, log: &Rc<RefCell<Vec<String>>>) {
    let _noisy = Noisy(log.clone());
    if n == 0 {
        std::panic::resume_unwind(Box::new(String::from("thrown")));
    }
    unwinds(n - 1, log);
    black_box(n);
}

fn work(seed: u64) -> usize {
    let mut total = 0;
    let mut map: HashMap<String, Vec<u64>> = HashMap::new();
    let mut tree = BTreeMap::new();
    for i in 0..300u64 {
        map.entry(format!("key {}", i * seed % 97)).or_default().push(i);
        tree.insert(i.wrapping_mul(0x9e37_79b9), i.to_string());
    }
    let mut words: Vec<_> = map.keys().cloned().collect();
    words.sort_by_cached_key(|w| w.chars().rev().collect::<String>());
    let mut text = String::new();
    for (k, v) in &tree {
        write!(text, "{k:?}={v:?};").unwrap();
    }
    total += text.split(';').map(str::to_owned).filter(|s| s.len() > 3).count() + words.len();
    total += shapes(4).area(0).len();
    total += *realigned(12) as usize + large_frame(9).len();
    if cfg!(panic = "unwind") {
        let log = Rc::new(RefCell::new(Vec::new()));
        for n in 0..8 {
            let l = log.clone();
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unwinds(n, &l)));
            total += caught.unwrap_err().downcast::<String>().unwrap().len();
        }
        total += log.borrow().len();
    }
    total
}

fn main() {
    let mut total = 0;
    for seed in 1..20 {
        total += work(seed);
    }
    let threads: Vec<_> = (0..4)
        .map(|i| std::thread::Builder::new().name(format!("worker {i}")).spawn(move || (1..10).map(|s| work(s * (i + 2))).sum::<usize>()).unwrap())
        .collect();
    for t in threads {
        total += t.join().unwrap();
    }
    println!("{total}");
}
