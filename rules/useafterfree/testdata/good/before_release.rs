// The same programs with every use before the release.
use std::ffi::{CStr, CString};
use std::mem;
use std::ptr;

struct Node {
    value: u32,
    next: *mut Node,
}

fn freed(text: &str) -> usize {
    let raw = Box::into_raw(Box::new(text.to_string()));
    let n = unsafe { (&*raw).len() };
    drop(unsafe { Box::from_raw(raw) });
    println!("{raw:p} {}", raw.is_null());
    n
}

fn list(head: *mut Node) -> u32 {
    let mut sum = 0;
    let mut at = head;
    while !at.is_null() {
        let node = unsafe { Box::from_raw(at) };
        sum += node.value;
        at = node.next;
    }
    sum
}

fn list_by_hand(head: *mut Node) -> u32 {
    let mut sum = 0;
    let mut at = head;
    while !at.is_null() {
        unsafe {
            sum += (*at).value;
            let next = (*at).next;
            drop(Box::from_raw(at));
            at = next;
        }
    }
    sum
}

fn bound(text: &str) -> usize {
    let owner = CString::new(text).unwrap();
    let p = owner.as_ptr();
    unsafe { CStr::from_ptr(p) }.to_bytes().len()
}

fn argument(text: &str) -> usize {
    unsafe { CStr::from_ptr(CString::new(text).unwrap().as_ptr()) }.to_bytes().len()
}

fn moved(v: Vec<u8>) -> (Vec<u8>, u8) {
    let p = v.as_ptr();
    let w = v;
    (w, unsafe { *p })
}

fn again(text: String) -> usize {
    let mut text = text;
    let p = text.as_ptr();
    let first = unsafe { *p };
    drop(text);
    text = String::from("new");
    let p = text.as_ptr();
    first as usize + unsafe { *p } as usize + text.len()
}

fn maybe(node: Box<Node>, free: bool) -> u32 {
    let raw = Box::into_raw(node);
    if free {
        drop(unsafe { Box::from_raw(raw) });
        return 0;
    }
    let v = unsafe { (*raw).value };
    drop(unsafe { Box::from_raw(raw) });
    v
}

fn renewed() -> u32 {
    let mut p = Box::into_raw(Box::new(1));
    drop(unsafe { Box::from_raw(p) });
    p = Box::into_raw(Box::new(2));
    let v = unsafe { *p };
    drop(unsafe { Box::from_raw(p) });
    v
}

fn shared(a: std::rc::Rc<String>) -> usize {
    let b = a.clone();
    let p = std::rc::Rc::as_ptr(&a);
    drop(a);
    let n = unsafe { (&*p).len() };
    n + b.len()
}

fn forgotten(text: String) -> u8 {
    let p = text.as_ptr();
    mem::forget(text);
    unsafe { *p }
}

fn elements(mut v: Vec<String>) -> usize {
    let mut n = 0;
    unsafe {
        let p = v.as_mut_ptr();
        let len = v.len();
        v.set_len(0);
        for i in 0..len {
            n += ptr::read(p.add(i)).len();
        }
    }
    n
}

fn in_scope(n: u32) -> u32 {
    let local = n + 1;
    let p: *const u32 = &local;
    unsafe { *p }
}

fn swapped(a: &mut Node, b: Node) -> u32 {
    let old = mem::replace(a, b);
    let p = &old as *const Node;
    unsafe { (*p).value }
}

fn main() {
    println!("{} {} {}", freed("a"), list(ptr::null_mut()), list_by_hand(ptr::null_mut()));
    println!("{} {} {:?} {}", bound("b"), argument("b"), moved(vec![1]), again("c".into()));
    println!("{} {}", maybe(Box::new(Node { value: 1, next: ptr::null_mut() }), true), renewed());
    println!("{} {} {}", shared(std::rc::Rc::new(String::new())), forgotten("d".into()), elements(vec![]));
    let mut n = Node { value: 1, next: ptr::null_mut() };
    println!("{} {}", in_scope(1), swapped(&mut n, Node { value: 1, next: ptr::null_mut() }));
}

pub fn optional(text: Option<&str>) -> bool {
    let text = text.map(|t| CString::new(t).unwrap());
    let p = text.as_ref().map_or(ptr::null(), |t| t.as_ptr());
    p.is_null() || unsafe { CStr::from_ptr(p) }.to_bytes().is_empty()
}
