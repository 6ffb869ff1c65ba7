#![allow(dead_code, static_mut_refs, unused_unsafe, unused_parens)]
use std::{cell::Cell, future::Future};

static mut COUNTER: u32 = 0;
static SAFE: u32 = 1;
extern "C" {
    fn strlen(p: *const std::os::raw::c_char) -> usize;
    static environ: *const u8;
}
union U { a: u32, b: f32 }
enum E { A(u32), B(u8, u8) }
struct S(*mut u8);
struct Wrap { p: *const u64, b: Box<*const u64> }

unsafe impl Send for S {} //~ impl!
// SAFETY: nobody shares it
unsafe impl Sync for S {} //~ impl

unsafe trait T { //~ trait
    unsafe fn m(&self); //~ fn!
    fn safe(&self);
}
// SAFETY: m is sound
unsafe impl T for S { //~ impl
    unsafe fn m(&self) { *self.0 = 1; } //~ fn, deref
    fn safe(&self) {
        // SAFETY: self is alive
        unsafe { self.m() } //~ block, call
    }
}

/// # Safety
/// p points to two bytes
pub unsafe fn f(p: *const u8) -> u8 { //~ fn
    let q = *p; //~ deref
    q + *p.add(1) //~ deref, call
}
pub unsafe fn g() {} //~ fn!

macro_rules! deref {
    ($e:expr) => { unsafe { *$e } }; //~ block!, deref, deref
}
pub fn macros(p: *const u32) -> u32 { deref!(p) }
pub fn twice(p: *const u32) -> u32 { deref!(p) }

pub fn union_read(x: U) -> f32 { unsafe { x.b } } //~ block!, union
pub fn union_write(x: &mut U) { x.a = 1; }
pub fn union_match(u: U) -> bool { unsafe { match u { U { a: 1 } => true, _ => false } } } //~ block!, union
pub fn statics() -> u32 { unsafe { COUNTER += 1; COUNTER } } //~ block!, static mut, static mut
pub fn static_address() -> *mut u32 { &raw mut COUNTER }
pub fn static_safe() -> u32 { SAFE }
pub fn foreign_static() -> *const u8 { unsafe { environ } } //~ block!, static mut

pub fn inside(p: *const std::os::raw::c_char) -> usize {
    unsafe { //~ block
        // SAFETY: p ends with a zero
        strlen(p) //~ ffi
    }
}
pub fn above(p: *const u8) -> Option<u8> {
    // SAFETY: p is not null
    Some(
        unsafe { *p }, //~ block, deref
    )
}
pub fn not_above(p: *const u8, q: bool) -> u8 {
    // SAFETY: this is about q
    let x = if q { 1 } else { 0 };
    x + unsafe { *p } //~ block!, deref
}
pub fn inline(p: *const u8) -> u8 { /* SAFETY: fine */ unsafe { *p } } //~ block, deref

pub fn transmutes(x: u32) -> f32 { unsafe { std::mem::transmute(x) } } //~ block!, transmute
pub fn assembly() { unsafe { core::arch::asm!("nop", "nop") } } //~ block!, asm
#[no_mangle] pub extern "C" fn exported() {} //~ attribute
pub fn boxed(b: Box<u32>) -> u32 { *b }
pub fn nested(w: &Wrap) -> u64 { unsafe { *w.p + **w.b } } //~ block!, deref, deref
pub fn pointer(f: unsafe fn(*const u8) -> u8, p: *const u8) -> u8 { unsafe { f(p) } } //~ block!, call
pub fn closure() -> impl Fn(*const u8) -> u8 { |p| unsafe { *p } } //~ block!, deref
pub fn address(p: *const U) -> *const U { &raw const *p }
pub fn field_address(p: *const (u8, u16)) -> *const u16 { unsafe { &raw const (*p).1 } } //~ block!, deref
const C: u32 = unsafe { std::mem::transmute(1.0f32) }; //~ block!, transmute
pub fn generic<X: T>(t: &X) { unsafe { t.m() } } //~ block!, call
pub fn matched(e: *const E) -> u8 {
    unsafe { match *e { E::A(_) => 0, E::B(a, b) => a + b } } //~ block!, deref
}
pub fn empty() -> u32 { unsafe { 1 } } //~ block!
pub fn slice(p: *const [u8], i: usize) -> u8 { unsafe { (*p)[i] } } //~ block!, deref
pub fn element(p: *const [u8; 4], i: usize) -> *const u8 { unsafe { &raw const (*p)[i] } } //~ block!, deref
pub async fn later(p: *const u8) -> u8 { std::future::ready(1).await; unsafe { *p } } //~ block!, deref
pub fn block_later(p: *const u8) -> impl Future<Output = u8> { async move { unsafe { g(); *p } } } //~ block!, call, deref
pub fn text() -> &'static str { "unsafe { (*p) }" }
pub fn formatted(x: &Cell<u32>) -> String { format!("{} {:?}", x.get(), x) }
pub async fn waits() -> u32 { std::future::ready(1).await }
thread_local! { static LOCAL: Cell<u32> = const { Cell::new(1) }; }
pub fn local() -> u32 { LOCAL.with(|c| c.get()) }
#[derive(PartialEq, PartialOrd, Eq, Ord, Clone, Debug, Hash)]
pub enum Derived { A(u8), B { x: u16 }, C }
pub struct Head<'a> { pub at: &'a *const u8 }
pub fn through(h: Head<'_>, i: usize, list: &[*const u8]) -> u8 { unsafe { **h.at + *list[i] } } //~ block!, deref, deref
