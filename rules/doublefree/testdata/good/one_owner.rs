// The same programs with one owner at any time.
use std::ffi::CString;
use std::mem::{self, ManuallyDrop};
use std::ptr;

fn twice(text: &str) {
    let raw = Box::into_raw(Box::new(text.to_string()));
    let one = unsafe { Box::from_raw(raw) };
    let raw = Box::into_raw(one);
    let two = unsafe { Box::from_raw(raw) };
    println!("{two}");
}

fn loops(texts: &[&str]) {
    for text in texts {
        let raw = Box::into_raw(Box::new(text.to_string()));
        drop(unsafe { Box::from_raw(raw) });
    }
}

fn parts(v: Vec<u8>) -> Vec<u8> {
    let mut v = ManuallyDrop::new(v);
    unsafe { Vec::from_raw_parts(v.as_mut_ptr(), v.len(), v.capacity()) }
}

fn forgotten(mut v: Vec<u8>) -> usize {
    let other = unsafe { Vec::from_raw_parts(v.as_mut_ptr(), v.len(), v.capacity()) };
    mem::forget(v);
    other.len()
}

fn forgotten_copy(v: Vec<u8>) -> usize {
    let copy = unsafe { ptr::read(&v) };
    let n = copy.len();
    mem::forget(copy);
    n
}

fn numbers(v: [u64; 2]) -> u64 {
    let copy = unsafe { ptr::read(&v) };
    copy[0] + v[1]
}

fn copied<T: Copy>(value: T) -> T {
    let copy = unsafe { ptr::read(&value) };
    let _ = value;
    copy
}

fn replaced(slot: &mut String, keep: bool) {
    let old = unsafe { ptr::read(slot) };
    if keep {
        unsafe { ptr::write(slot, old) };
    } else {
        drop(old);
        unsafe { ptr::write(slot, String::new()) };
    }
}

fn assigned(text: String, n: usize) -> usize {
    let mut text = text;
    for _ in 0..n {
        drop(text);
        text = String::from("again");
    }
    text.len()
}

fn flags(text: String, early: bool) -> usize {
    let raw = Box::into_raw(Box::new(text));
    let mut done = false;
    if early {
        drop(unsafe { Box::from_raw(raw) });
        done = true;
    }
    if !done {
        drop(unsafe { Box::from_raw(raw) });
    }
    1
}

struct Pair {
    left: ManuallyDrop<String>,
    right: String,
}

impl Drop for Pair {
    fn drop(&mut self) {
        unsafe { ManuallyDrop::drop(&mut self.left) };
        println!("{}", self.right);
    }
}

impl Pair {
    fn into_left(self) -> String {
        let me = ManuallyDrop::new(self);
        unsafe {
            drop(ptr::read(&me.right));
            ManuallyDrop::into_inner(ptr::read(&me.left))
        }
    }
}

fn swapped(a: &mut String, b: &mut String) {
    unsafe {
        let t = ptr::read(a);
        ptr::copy_nonoverlapping(b, a, 1);
        ptr::write(b, t);
    }
    mem::swap(a, b);
    drop(mem::replace(a, String::new()));
    drop(mem::take(b));
}

struct Raw {
    ptr: *mut String,
}

impl Raw {
    fn pop(&mut self) -> Option<String> {
        if self.ptr.is_null() {
            return None;
        }
        let b = unsafe { Box::from_raw(self.ptr) };
        self.ptr = ptr::null_mut();
        Some(*b)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if !self.ptr.is_null() {
            drop(unsafe { Box::from_raw(self.ptr) });
        }
    }
}

unsafe fn dealloc_after(p: *mut String) {
    ptr::drop_in_place(p);
    std::alloc::dealloc(p as *mut u8, std::alloc::Layout::new::<String>());
}

fn main() {
    twice("a");
    loops(&["b"]);
    println!("{:?} {} {}", parts(vec![1]), forgotten(vec![2]), forgotten_copy(vec![3]));
    println!("{} {}", numbers([1, 2]), copied(3));
    replaced(&mut String::new(), true);
    println!("{} {}", assigned(String::new(), 2), flags(String::new(), false));
    println!("{}", Pair { left: ManuallyDrop::new("c".into()), right: "d".into() }.into_left());
    swapped(&mut "e".into(), &mut "f".into());
    println!("{:?}", Raw { ptr: Box::into_raw(Box::new("g".into())) }.pop());
    unsafe { dealloc_after(Box::into_raw(Box::new("h".into()))) };
    println!("{:?}", CString::new("i"));
}
