use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ffi::CString;
use std::rc::Rc;
fn question(x: u32, s: &str) -> Result<u32, std::num::ParseIntError> {
    let p = Box::into_raw(Box::new(x)); //~ orphan-object
    let v: u32 = s.parse::<u32>()?;
    let b = unsafe { Box::from_raw(p) };
    Ok(*b + v)
}
fn branch(v: Vec<u8>, keep: bool) -> usize {
    let n = v.len();
    let p = Box::into_raw(Box::new(v)); //~ orphan-object
    if keep {
        return n;
    }
    drop(unsafe { Box::from_raw(p) });
    0
}
fn unwinding<F: Fn(&u32) -> u32>(f: F) -> u32 {
    let p = Box::into_raw(Box::new(7u32)); //~ orphan-object
    let r = f(unsafe { &*p });
    drop(unsafe { Box::from_raw(p) });
    r
}
fn leak_unused(n: usize) {
    Box::leak(vec![0u8; n].into_boxed_slice()); //~ orphan-object
}
fn forget_vec(v: Vec<u32>) -> usize {
    let n = v.len();
    mem::forget(v); //~ orphan-object
    n
}
fn manual(s: String) -> usize {
    let m = ManuallyDrop::new(s); //~ orphan-object
    m.len()
}
fn cstr(name: &str) -> usize {
    let c = CString::new(name).unwrap();
    let p = c.into_raw(); //~ orphan-object
    unsafe { std::ffi::CStr::from_ptr(p).to_bytes().len() }
}
fn rc(r: Rc<String>) -> usize {
    let p = Rc::into_raw(r); //~ orphan-object
    unsafe { (&*p).len() }
}
fn in_loop(n: usize) -> usize {
    let mut last = std::ptr::null_mut();
    for i in 0..n {
        last = Box::into_raw(Box::new(i)); //~ orphan-object
    }
    if last.is_null() { 0 } else { *unsafe { Box::from_raw(last) } }
}
fn make(x: u64) -> *mut u64 { Box::into_raw(Box::new(x)) }
fn caller(x: u64) -> u64 {
    let p = make(x); //~ orphan-object
    unsafe { *p }
}
fn maybe(b: Box<u8>) -> usize {
    let m = MaybeUninit::new(b); //~ orphan-object
    std::mem::size_of_val(&m)
}
unsafe fn raw_alloc(n: usize) -> Result<*mut u8, ()> {
    let l = std::alloc::Layout::from_size_align(n, 8).map_err(|_| ())?;
    let p = std::alloc::alloc(l); //~ orphan-object
    if p.is_null() { return Err(()); }
    if n > 4096 { return Err(()); }
    Ok(p)
}
fn main() {
    let _ = question(1, "x"); branch(vec![1], true); unwinding(|x| *x); leak_unused(3); forget_vec(vec![1]); manual("a".into()); cstr("q"); rc(Rc::new("x".into()));
    in_loop(3); caller(3); maybe(Box::new(1)); if let Ok(p) = unsafe { raw_alloc(9000) } { unsafe { std::alloc::dealloc(p, std::alloc::Layout::from_size_align_unchecked(9000, 8)) } }
}
