// A pointer is used when what it points at is released.
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::ptr;

struct Node {
    value: u32,
    next: *mut Node,
}

fn freed(text: &str) -> usize {
    let raw = Box::into_raw(Box::new(text.to_string()));
    drop(unsafe { Box::from_raw(raw) });
    unsafe { (&*raw).len() } //~ use-after-free "used after it was released"
}

fn list(head: *mut Node) -> u32 {
    let mut sum = 0;
    let mut at = head;
    while !at.is_null() {
        sum += unsafe { (*at).value };
        drop(unsafe { Box::from_raw(at) });
        at = unsafe { (*at).next }; //~ use-after-free
    }
    sum
}

fn temporary(text: &str) -> usize {
    let p = CString::new(text).unwrap().as_ptr();
    unsafe { CStr::from_ptr(p) }.to_bytes().len() //~ use-after-free "`CString` is used after it was released"
}

fn dropped(v: Vec<u8>) -> u8 {
    let p = v.as_ptr();
    drop(v);
    unsafe { *p } //~ use-after-free
}

fn scope(text: &str) -> u8 {
    let p;
    {
        let owned = text.to_string();
        p = owned.as_ptr();
    }
    unsafe { ptr::read(p) } //~ use-after-free
}

unsafe fn release(node: *mut Node) {
    drop(Box::from_raw(node));
}

unsafe fn value(node: *const Node) -> u32 {
    (*node).value
}

fn by_callee(node: Box<Node>) -> u32 {
    let raw = Box::into_raw(node);
    unsafe {
        release(raw);
        value(raw) //~ use-after-free
    }
}

fn branch(node: Box<Node>, keep: bool) -> u32 {
    let raw = Box::into_raw(node);
    if !keep {
        unsafe { release(raw) };
    }
    let v = unsafe { (*raw).value }; //~ use-after-free
    if keep {
        unsafe { release(raw) };
    }
    v
}

extern "C" {
    fn puts(s: *const c_char) -> i32;
    fn free(p: *mut u8);
    fn malloc(n: usize) -> *mut u8;
}

fn to_c(text: &str) -> i32 {
    let p = { CString::new(text).unwrap().as_ptr() };
    unsafe { puts(p) } //~ use-after-free
}

fn heap() -> u8 {
    unsafe {
        let p = malloc(4);
        *p = 1;
        free(p);
        *p //~ use-after-free
    }
}

fn copied(text: &str) -> Vec<u8> {
    let mut b: Box<[u8]> = text.as_bytes().into();
    unsafe { Vec::from_raw_parts(b.as_mut_ptr(), b.len(), b.len()) } //~ use-after-free "a second owner of it leaves"
}

fn out_of_scope(n: u32) -> u32 {
    let p: *const u32;
    {
        let local = n + 1;
        p = &local;
    }
    unsafe { *p } //~ use-after-free "after the end of its scope"
}

fn main() {
    println!("{} {}", freed("a"), list(ptr::null_mut()));
    println!("{} {} {}", temporary("b"), dropped(vec![1]), scope("c"));
    println!("{}", by_callee(Box::new(Node { value: 1, next: ptr::null_mut() })));
    println!("{}", branch(Box::new(Node { value: 1, next: ptr::null_mut() }), true));
    println!("{} {} {:?} {}", to_c("d"), heap(), copied("e"), out_of_scope(1));
}

pub fn optional(text: Option<&str>) -> bool {
    let text = text.map(|t| CString::new(t).unwrap());
    let p = text.map_or(ptr::null(), |t| t.as_ptr()); //~ use-after-free "when the closure ends"
    p.is_null() || unsafe { CStr::from_ptr(p) }.to_bytes().is_empty()
}
