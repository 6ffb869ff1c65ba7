use std::io::{self, Read};

pub fn fill<R: Read>(mut from: R, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    into.resize(64, 0);
    let n = from.read(into)?;
    assert!(n <= into.len());
    unsafe { into.set_len(n) };
    Ok(())
}

pub fn safe<R: Read>(mut from: R, buf: &mut [u8]) -> io::Result<&[u8]> {
    let n = from.read(buf)?;
    Ok(&buf[..n])
}

pub fn collect<I: Iterator<Item = u32>>(mut it: I) -> Vec<u32> {
    let (lower, _) = it.size_hint();
    let mut out: Vec<u32> = Vec::with_capacity(lower);
    let p = out.as_mut_ptr();
    let mut n = 0;
    while n < lower {
        let Some(x) = it.next() else { break };
        unsafe { p.add(n).write(x) };
        n += 1;
    }
    unsafe { out.set_len(n) };
    out.extend(it);
    out
}

pub fn pushed<I: Iterator<Item = u32>>(it: I) -> Vec<u32> {
    let mut out = Vec::with_capacity(it.size_hint().0);
    for x in it {
        out.push(x);
    }
    out
}

pub fn insert(v: &mut Vec<u8>, at: usize, x: u8) {
    let old = v.len();
    assert!(at <= old);
    v.reserve(1);
    unsafe {
        v.set_len(0);
        let p = v.as_mut_ptr().add(at);
        std::ptr::copy(p, p.add(1), old - at);
        std::ptr::write(p, x);
        v.set_len(old + 1);
    }
}

pub fn refill(v: &mut Vec<u8>, n: usize) {
    unsafe { v.set_len(0) };
    v.reserve(n);
    for i in 0..n {
        v.push(i as u8);
    }
}
