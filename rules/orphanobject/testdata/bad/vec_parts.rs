// A vector is taken apart to be put together as another type; one path stops halfway.
use std::mem::{self, ManuallyDrop};

fn as_signed(v: Vec<u8>) -> Result<Vec<i8>, usize> {
    let mut v = ManuallyDrop::new(v); //~ orphan-object
    let (ptr, len, cap) = (v.as_mut_ptr(), v.len(), v.capacity());
    if let Some(at) = v.iter().position(|&b| b > 127) {
        return Err(at);
    }
    Ok(unsafe { Vec::from_raw_parts(ptr.cast(), len, cap) })
}

fn as_words(mut v: Vec<u8>) -> Option<Vec<[u8; 1]>> {
    let (ptr, len, cap) = (v.as_mut_ptr(), v.len(), v.capacity());
    mem::forget(v); //~ orphan-object
    if len % 2 != 0 {
        return None;
    }
    Some(unsafe { Vec::from_raw_parts(ptr.cast(), len, cap) })
}

fn main() {
    println!("{:?} {:?}", as_signed(vec![1, 2]), as_signed(vec![1, 200]));
    println!("{:?} {:?}", as_words(vec![1, 2]), as_words(vec![1]));
}
