// Memory from the allocator itself, with an error path that forgets it.
use std::alloc::{alloc, dealloc, handle_alloc_error, Layout};

fn filled(n: usize, with: u8) -> Result<Vec<u8>, String> {
    let layout = Layout::array::<u8>(n).map_err(|e| e.to_string())?;
    if n == 0 {
        return Err("nothing to fill".to_string());
    }
    let p = unsafe { alloc(layout) }; //~ orphan-object
    if p.is_null() {
        handle_alloc_error(layout);
    }
    if with == 0 {
        return Err("zero is not a filler".to_string());
    }
    unsafe {
        p.write_bytes(with, n);
        Ok(Vec::from_raw_parts(p, n, n))
    }
}

fn probe(n: usize) -> Option<u8> {
    let layout = Layout::from_size_align(n.max(1), 16).ok()?;
    let p = unsafe { alloc(layout) }; //~ orphan-object
    if p.is_null() {
        return None;
    }
    let value = unsafe {
        p.write(n as u8);
        p.read().checked_sub(10)?
    };
    unsafe { dealloc(p, layout) };
    Some(value)
}

fn main() {
    println!("{:?} {:?}", filled(3, 7), filled(3, 0));
    println!("{:?} {:?}", probe(12), probe(2));
}
