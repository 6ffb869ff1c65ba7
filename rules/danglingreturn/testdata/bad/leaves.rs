// A pointer leaves the function that releases what it points at.
use std::ffi::CString;
use std::os::raw::c_char;
use std::slice;

fn name(text: &str) -> *const c_char {
    let owned = CString::new(text).unwrap();
    owned.as_ptr() //~ dangling-return "`CString` leaves"
}

fn chained(text: &str) -> *const u8 {
    text.to_uppercase().as_ptr() //~ dangling-return
}

fn local(n: u32) -> *const u32 {
    let value = n + 1;
    &value as *const u32 //~ dangling-return "local variable"
}

fn local_mut(n: u32) -> *mut u32 {
    let mut value = n;
    &mut value //~ dangling-return
}

fn parameter(value: u64) -> *const u64 {
    &value as *const u64 //~ dangling-return
}

fn boxed(b: Box<u32>) -> *const u32 {
    &*b as *const u32 //~ dangling-return
}

fn slice_of<'a>(n: usize) -> &'a [u8] {
    let v = vec![0u8; n];
    unsafe { slice::from_raw_parts(v.as_ptr(), v.len()) } //~ dangling-return
}

fn array<'a>() -> &'a [u8] {
    let a = [1u8, 2, 3];
    unsafe { slice::from_raw_parts(&a as *const u8, 3) } //~ dangling-return
}

struct View {
    at: *const u8,
    len: usize,
}

fn view(text: &str) -> View {
    let upper = text.to_uppercase();
    View { at: upper.as_ptr(), len: upper.len() } //~ dangling-return
}

fn store(out: &mut View, text: &str) {
    let upper = text.to_uppercase();
    out.at = upper.as_ptr(); //~ dangling-return
    out.len = upper.len();
}

fn maybe(text: &str) -> Option<*const u8> {
    let owned = text.to_string();
    if owned.is_empty() {
        return None;
    }
    Some(owned.as_ptr()) //~ dangling-return
}

fn main() {
    println!("{:?} {:?} {:?}", name("a"), chained("b"), local(1));
    println!("{:?} {:?} {:?}", local_mut(1), parameter(1), boxed(Box::new(1)));
    println!("{:?} {:?} {:?}", slice_of(1), array(), maybe("c"));
    let mut v = view("d");
    store(&mut v, "e");
    println!("{:?} {}", v.at, v.len);
}
