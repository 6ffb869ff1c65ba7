use std::mem::{self, ManuallyDrop};
use std::ffi::{CString, c_char};
use std::sync::OnceLock;
use std::ptr::NonNull;
extern "C" { fn take_name(p: *mut c_char); }
fn both(v: Vec<u8>, keep: bool) -> usize {
    let p = Box::into_raw(Box::new(v));
    if keep { let b = unsafe { Box::from_raw(p) }; return b.len(); }
    drop(unsafe { Box::from_raw(p) });
    0
}
fn parts(v: Vec<u8>) -> Vec<i8> {
    let mut v = ManuallyDrop::new(v);
    let (p, n, c) = (v.as_mut_ptr(), v.len(), v.capacity());
    unsafe { Vec::from_raw_parts(p as *mut i8, n, c) }
}
fn parts2(mut v: Vec<u8>) -> Vec<i8> {
    let p = v.as_mut_ptr(); let n = v.len(); let c = v.capacity();
    mem::forget(v);
    unsafe { Vec::from_raw_parts(p as *mut i8, n, c) }
}
fn parts3(mut v: Vec<u8>) -> Vec<i8> {
    unsafe {
        let r = Vec::from_raw_parts(v.as_mut_ptr() as *mut i8, v.len(), v.capacity());
        mem::forget(v);
        r
    }
}
static CONF: OnceLock<&'static str> = OnceLock::new();
fn conf() -> &'static str { CONF.get_or_init(|| Box::leak(String::from("x").into_boxed_str())) }
static CONF2: OnceLock<&'static str> = OnceLock::new();
fn conf2() { let _ = CONF2.set(Box::leak(String::from("x").into_boxed_str())); }
fn to_c(s: &str) { let c = CString::new(s).unwrap(); unsafe { take_name(c.into_raw()) } }
fn flags(x: bool, b: Box<u32>) -> u32 {
    let p; 
    let mut owned = false;
    if x { p = Box::into_raw(b); owned = true; } else { p = std::ptr::null_mut(); drop(b); }
    if owned { return *unsafe { Box::from_raw(p) }; }
    0
}
struct Guard(*mut u32);
impl Drop for Guard { fn drop(&mut self) { unsafe { drop(Box::from_raw(self.0)) } } }
fn guarded<F: Fn() -> u32>(f: F) -> u32 { let g = Guard(Box::into_raw(Box::new(1))); let r = f(); unsafe { *g.0 + r } }
struct Abort;
impl Drop for Abort { fn drop(&mut self) { std::process::abort() } }
fn aborting<T, F: FnOnce(T) -> T>(slot: &mut T, f: F) {
    unsafe { let g = Abort; let old = std::ptr::read(slot); let new = f(old); std::ptr::write(slot, new); mem::forget(g); }
}
fn alloc_null(n: usize) -> Option<NonNull<u8>> {
    let l = std::alloc::Layout::from_size_align(n, 8).ok()?;
    let p = unsafe { std::alloc::alloc(l) };
    NonNull::new(p)
}
fn alloc_die(n: usize) -> *mut u8 {
    let l = std::alloc::Layout::from_size_align(n, 8).unwrap();
    let p = unsafe { std::alloc::alloc(l) };
    if p.is_null() { std::alloc::handle_alloc_error(l) }
    p
}
struct Pair { a: String, b: Vec<u8> }
impl Drop for Pair { fn drop(&mut self) { println!("x") } }
fn take_parts(p: Pair) -> (String, Vec<u8>) {
    let p = ManuallyDrop::new(p);
    unsafe { (std::ptr::read(&p.a), std::ptr::read(&p.b)) }
}
fn once(mut v: Vec<Box<u32>>) -> u32 {
    let mut out = 0;
    while let Some(b) = v.pop() {
        let m = ManuallyDrop::new(b);
        out += match **m { 0 => { let b = ManuallyDrop::into_inner(m); *b } n => { let b = ManuallyDrop::into_inner(m); *b + n } };
    }
    out
}
fn forget_ref(x: &String) { mem::forget(x); }
fn forget_copy(x: u32) { mem::forget(x); }
fn out_param(slot: &mut *mut u32) { *slot = Box::into_raw(Box::new(3)); }
fn replaced(a: &mut Vec<u8>) -> Vec<u8> { let n = mem::replace(a, Vec::new()); let t = mem::take(a); drop(t); n }
fn reassign(mut b: Box<u32>) -> Box<u32> { drop(b); b = Box::new(2); b }
fn main() {
    both(vec![1], true); parts(vec![]); parts2(vec![]); parts3(vec![]); conf(); conf2(); flags(true, Box::new(1)); guarded(|| 1);
    let mut s = String::new(); aborting(&mut s, |x| x); let l = std::alloc::Layout::from_size_align(3, 8).unwrap(); if let Some(p) = alloc_null(3) { unsafe { std::alloc::dealloc(p.as_ptr(), l) } } unsafe { std::alloc::dealloc(alloc_die(3), l) } take_parts(Pair { a: String::new(), b: vec![] }); once(vec![]);
    forget_ref(&s); forget_copy(1); let mut p = std::ptr::null_mut(); out_param(&mut p); unsafe { drop(Box::from_raw(p)) }; replaced(&mut vec![]); reassign(Box::new(2));
    if s.len() > 4 { to_c("x") }
}
