//! One of each construct that rustc prints in MIR.
#![allow(dead_code, unused, static_mut_refs)]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::{self, Debug, Display};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::rc::{Rc, Weak};

pub static NAMES: [&str; 3] = ["a", "b \"quoted\" -> [return: bb1]", "c // scope 0 at x.rs:1:1: 1:2"];
pub static mut COUNT: u64 = 0;
pub const BIG: u128 = u128::MAX;
pub const NEGATIVE: i32 = -7;
pub const PI: f64 = 3.25;
pub const WORD: &str = "} {";
pub const BYTES: &[u8] = b"\x00\xff;";
thread_local!(static LOCAL: RefCell<Vec<Rc<str>>> = RefCell::new(Vec::new()));

#[repr(C)]
pub union Bits {
    f: f32,
    u: u32,
    pair: ManuallyDrop<(u8, u16)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape<T> {
    Unit,
    Tuple(T, u8),
    Named { a: Box<T>, r#type: char },
}

pub struct Wrapper<'a, T: ?Sized, const N: usize>(&'a T, [u8; N]);

pub trait Area {
    const SIDES: usize;
    type Out: Display;
    fn area(&self) -> Self::Out;
    fn twice(&self) -> (Self::Out, Self::Out) {
        (self.area(), self.area())
    }
}

impl<T: Clone + Display> Area for Shape<T> {
    const SIDES: usize = 4;
    type Out = String;
    fn area(&self) -> String {
        match self {
            Shape::Unit => String::new(),
            Shape::Tuple(t, n) if *n > 3 => format!("{t}{n}"),
            Shape::Tuple(..) => "small".into(),
            Shape::Named { a, r#type: 'x'..='z' } => a.to_string(),
            Shape::Named { r#type: '\u{1F600}' | '\'' | '\n', .. } => "other".to_string(),
            Shape::Named { .. } => unreachable!("no {}", Self::SIDES),
        }
    }
}

impl<'a, T: ?Sized + Debug, const N: usize> Debug for Wrapper<'a, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {N}", &self.0)
    }
}

pub fn numbers(a: i64, b: u8, c: f32, p: *mut u8, q: *const u8) -> (i64, bool, u32, f64, char, usize) {
    let x = a.wrapping_add(3) * 2 - i64::from(b) / 7 % 5;
    let y = (b << 2) | (b >> 1) & !b ^ 0x0f;
    let z = -a;
    let order = a < 3 && b >= 9 || x != z && c <= 1.5 && a > 1 && (x == 8);
    let ptr = unsafe { q.offset(2) } as usize + p as usize;
    let back = ptr as *const u16;
    let c2 = y as char;
    (x, order, c as u32, f64::from(c) as f64, c2, back as usize)
}

pub fn wide(x: i128, y: u128) -> u8 {
    match x {
        -170141183460469231731687303715884105728 => 1,
        -1 => 2,
        0..=9 => 3,
        _ if y == 340282366920938463463374607431768211455 => 4,
        _ => 5,
    }
}

pub fn arrays(v: &[u32], mut a: [u32; 4], i: usize) -> Option<u32> {
    let zero = [0u32; 16];
    a[i] = v[0];
    let [first, .., last] = a;
    match v {
        [] => None,
        [one] => Some(*one),
        [x, rest @ .., y] if rest.len() > 2 => Some(x + y + zero[i] + rest[1]),
        [.., y] => Some(*y + first + last),
    }
}

pub fn subslices(a: [String; 4]) -> (String, [String; 2]) {
    let [x, mid @ .., y] = a;
    drop(y);
    (x, mid)
}

pub fn closures<'a>(s: &'a str, mut n: Vec<String>) -> impl FnMut(&str) -> Box<dyn Fn(u8) -> usize + 'a> {
    move |t| {
        n.push(t.to_owned());
        let len = n.len();
        Box::new(move |k| s.len() + len + k as usize)
    }
}

pub fn pointers(f: fn(u8) -> u8, g: unsafe extern "C" fn(*const i8, ...) -> i32, h: for<'x> fn(&'x str) -> &'x [u8]) -> usize {
    let reify: fn(&str) -> String = str::to_owned;
    let closure: fn(u8) -> u8 = |x| x + 1;
    let unsafe_one: unsafe fn(u8) -> u8 = f;
    f(1) as usize + closure(2) as usize + unsafe { unsafe_one(3) as usize + g(std::ptr::null()) as usize } + h("x").len() + reify("").len()
}

pub fn unsizing(a: Box<[u8; 3]>, r: Rc<Shape<u8>>) -> (Box<[u8]>, Rc<dyn Debug>, &'static dyn Display) {
    (a, r, &5i32)
}

pub fn unions(mut b: Bits) -> u32 {
    b.f = 1.0;
    unsafe { b.pair.0 as u32 + b.u }
}

pub fn statics() -> u64 {
    unsafe {
        COUNT += 1;
        LOCAL.with(|l| l.borrow_mut().push(Rc::from(WORD)));
        COUNT + NAMES.len() as u64 + BYTES.len() as u64
    }
}

pub fn question(s: &str) -> Result<HashMap<String, f64>, Box<dyn std::error::Error + Send + Sync>> {
    let mut m = HashMap::new();
    for line in s.lines() {
        let Some((k, v)) = line.split_once('=') else { continue };
        m.insert(k.to_string(), v.parse()?);
    }
    'outer: loop {
        while m.len() > 10 {
            if m.contains_key("}") {
                break 'outer;
            }
            m.clear();
        }
        return Ok(m);
    }
    Err("const \"x\" -> bb3".into())
}

pub async fn asynchronous(a: Rc<u8>, f: impl std::future::Future<Output = Vec<u8>>) -> usize {
    let x = f.await;
    let y = async { x.len() + *a as usize }.await;
    y
}

pub fn raw(v: Vec<u8>) -> Box<[MaybeUninit<u8>]> {
    let mut v = ManuallyDrop::new(v);
    let (p, l, c) = (v.as_mut_ptr(), v.len(), v.capacity());
    let s: *mut [u8] = std::ptr::slice_from_raw_parts_mut(p, l);
    unsafe {
        std::ptr::copy_nonoverlapping(p, p.add(1), l - 1);
        let _ = (&raw const (*s)[0], &raw mut (*s)[1]);
        drop(Vec::from_raw_parts(p, l, c));
    }
    Box::new([MaybeUninit::uninit(), const { MaybeUninit::new(3 + 4) }])
}

pub fn cycles() -> Rc<RefCell<Option<Weak<Cell<u8>>>>> {
    let c = Rc::new(RefCell::new(None));
    let w = Rc::new(Cell::new(1));
    *c.borrow_mut() = Some(Rc::downgrade(&w));
    c
}

#[cfg(target_arch = "x86_64")]
pub fn assembly(x: u64) -> u64 {
    let mut out: u64;
    unsafe {
        std::arch::asm!("mov {0}, {1}", "    // ; }}", "add {0}, 5", out(reg) out, in(reg) x, options(pure, nomem, nostack));
    }
    out
}

pub unsafe extern "C" fn callback(data: *mut std::ffi::c_void, n: std::ffi::c_int) -> bool {
    let b = unsafe { Box::from_raw(data.cast::<Shape<String>>()) };
    n > 0 && *b == Shape::Unit
}

pub fn generic<I, K: Ord + Copy, const N: usize>(it: I, zero: [K; N]) -> Vec<(K, <I as IntoIterator>::Item)>
where
    I: IntoIterator,
    I::Item: Into<K> + Clone,
{
    let mut out: Vec<_> = it.into_iter().map(|x| (x.clone().into(), x)).collect();
    out.sort_by(|a, b| b.0.cmp(&a.0));
    out.retain(|(k, _)| !zero.contains(k));
    out
}

pub mod ünïcode {
    pub struct Größe<'größe>(pub &'größe str);
    impl Größe<'_> {
        pub fn länge(&self) -> usize {
            self.0.chars().filter(|&c| c == 'ß' || c == '→').count()
        }
    }
}
