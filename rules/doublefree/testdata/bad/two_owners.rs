// Two owners of one allocation, and both destructors run.
use std::ffi::CString;
use std::mem::ManuallyDrop;

fn twice(text: &str) {
    let raw = Box::into_raw(Box::new(text.to_string()));
    let one = unsafe { Box::from_raw(raw) };
    let two = unsafe { Box::from_raw(raw) }; //~ double-free "`String` is released twice"
    println!("{one} {two}");
}

fn one_by_one(text: &str) {
    let raw = Box::into_raw(Box::new(text.to_string()));
    drop(unsafe { Box::from_raw(raw) });
    drop(unsafe { Box::from_raw(raw) }); //~ double-free
}

fn parts(mut v: Vec<u8>) -> usize {
    let other = unsafe { Vec::from_raw_parts(v.as_mut_ptr(), v.len(), v.capacity()) }; //~ double-free "`Vec` is released twice"
    other.len()
}

fn sum(text: String) -> usize {
    let bytes = unsafe { String::from_raw_parts(text.as_ptr() as *mut u8, text.len(), text.capacity()) }; //~ double-free
    let n = bytes.len();
    drop(bytes);
    n + text.len()
}

fn boxed(b: Box<u64>) -> u64 {
    let raw = &*b as *const u64 as *mut u64;
    let again = unsafe { Box::from_raw(raw) }; //~ double-free
    *again + 1
}

fn c_string(text: CString) -> usize {
    let copy = unsafe { CString::from_raw(text.as_ptr() as *mut _) }; //~ double-free
    copy.as_bytes().len()
}

fn manual(text: String) {
    let mut text = ManuallyDrop::new(text);
    unsafe {
        ManuallyDrop::drop(&mut text);
        ManuallyDrop::drop(&mut text); //~ double-free
    }
}

fn taken(text: String) -> usize {
    let mut text = ManuallyDrop::new(text);
    let one = unsafe { ManuallyDrop::take(&mut text) };
    let two = unsafe { ManuallyDrop::take(&mut text) }; //~ double-free
    one.len() + two.len()
}

fn main() {
    twice("a");
    one_by_one("b");
    println!("{} {} {}", parts(vec![1]), sum("c".into()), boxed(Box::new(1)));
    println!("{}", c_string(CString::new("d").unwrap()));
    manual("e".into());
    println!("{}", taken("f".into()));
}

unsafe fn release<T>(p: *mut T) {
    drop(Box::from_raw(p));
}

pub fn callee_twice(text: &str) {
    let raw = Box::into_raw(Box::new(text.to_string()));
    unsafe {
        release(raw);
        release(raw); //~ double-free
    }
}
