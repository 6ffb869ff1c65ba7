// The same functions with pointers to what stays.
use std::ffi::{CStr, CString};
use std::mem::{self, ManuallyDrop};
use std::os::raw::c_char;
use std::slice;

fn name(text: &str) -> *mut c_char {
    CString::new(text).unwrap().into_raw()
}

fn borrowed(text: &CString) -> *const c_char {
    text.as_ptr()
}

fn both(text: &str) -> (CString, *const c_char) {
    let owned = CString::new(text).unwrap();
    let p = owned.as_ptr();
    (owned, p)
}

fn leaked(v: Vec<u8>) -> *const u8 {
    let p = v.as_ptr();
    mem::forget(v);
    p
}

fn manual(v: Vec<u8>) -> *const u8 {
    let v = ManuallyDrop::new(v);
    v.as_ptr()
}

fn local(n: u32) -> u32 {
    let value = n + 1;
    let p = &value as *const u32;
    unsafe { *p }
}

fn loaded(v: Vec<*const u8>) -> *const u8 {
    let p = v.as_ptr();
    unsafe { *p }
}

fn element(v: &[u8]) -> *const u8 {
    unsafe { v.as_ptr().add(1) }
}

fn behind(r: &u32) -> *const u32 {
    let p = &*r as *const u32;
    p
}

fn fixed() -> &'static [u8] {
    const A: &[u8] = &[1, 2];
    unsafe { slice::from_raw_parts(A.as_ptr(), 2) }
}

fn copied(text: &str) -> String {
    let owned = CString::new(text).unwrap();
    unsafe { CStr::from_ptr(owned.as_ptr()) }.to_string_lossy().into_owned()
}

struct View {
    owner: Vec<u8>,
    at: *const u8,
}

fn view(n: usize) -> View {
    let owner = vec![1u8; n];
    let at = owner.as_ptr();
    View { owner, at }
}

fn address(n: u32) -> usize {
    let value = n;
    &value as *const u32 as usize % 4
}

fn through(out: &mut u32) -> *mut u32 {
    out as *mut u32
}

fn main() {
    drop(unsafe { CString::from_raw(name("a")) });
    println!("{:?} {:?} {:?}", borrowed(&CString::default()), both("b"), leaked(vec![1]));
    println!("{:?} {} {:?}", manual(vec![1]), local(1), loaded(vec![std::ptr::null()]));
    println!("{:?} {:?} {:?} {}", element(&[1, 2]), behind(&1), fixed(), copied("c"));
    let v = view(1);
    println!("{:?} {:?} {} {:?}", v.owner, v.at, address(1), through(&mut 1));
}
