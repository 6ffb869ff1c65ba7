use std::io::{self, Read};

pub fn fill<R: Read>(mut from: R, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    into.resize(64, 0);
    let n = from.read(into)?;
    unsafe { into.set_len(n) }; //~ out-of-bounds "what `Read::read` returned"
    Ok(())
}

pub struct Buffered<R> {
    from: R,
    buf: [u8; 64],
}

impl<R: Read> Buffered<R> {
    pub fn new(from: R) -> Self {
        Buffered { from, buf: [0; 64] }
    }

    pub fn next(&mut self) -> io::Result<&[u8]> {
        let n = self.from.read(&mut self.buf)?;
        Ok(unsafe { std::slice::from_raw_parts(self.buf.as_ptr(), n) }) //~ out-of-bounds "what `Read::read` returned"
    }
}

pub fn collect<I: Iterator<Item = u32>>(mut it: I) -> Vec<u32> {
    let (lower, _) = it.size_hint();
    let mut out: Vec<u32> = Vec::with_capacity(lower);
    let p = out.as_mut_ptr();
    let mut n = 0;
    while let Some(x) = it.next() {
        unsafe { p.add(n).write(x) }; //~ out-of-bounds "as many elements are written as an iterator gives"
        n += 1;
    }
    unsafe { out.set_len(n) };
    out
}

pub fn insert<I: Iterator<Item = u8>>(v: &mut Vec<u8>, at: usize, it: I) {
    let old = v.len();
    assert!(at <= old);
    unsafe {
        v.set_len(0);
        let mut n = 0;
        for x in it {
            v.reserve(1); //~ out-of-bounds "behind a length that was set to 0"
            let p = v.as_mut_ptr().add(at + n);
            std::ptr::copy(p, p.add(1), old - at);
            std::ptr::write(p, x);
            n += 1;
        }
        v.set_len(old + n);
    }
}

pub struct Fixed {
    items: [u32; 8],
    len: usize,
}

impl Fixed {
    pub fn extend<I: Iterator<Item = u32>>(&mut self, mut it: I) {
        let (lower, upper) = it.size_hint();
        assert!(self.len + upper.expect("an upper bound") <= 8);
        let p = unsafe { self.items.as_mut_ptr().add(self.len) };
        let mut n = 0;
        while n < lower {
            let Some(x) = it.next() else { break };
            unsafe { p.add(n).write(x) }; //~ out-of-bounds "as many elements are written as an iterator gives"
            n += 1;
        }
        self.len += n;
    }
}

pub trait Step {
    /// # Safety
    /// As for `add`.
    unsafe fn step(self, n: usize) -> Self;
}

impl<T> Step for *mut T {
    unsafe fn step(self, n: usize) -> Self {
        unsafe { self.add(n) }
    }
}

impl Extend<u32> for Fixed {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, items: I) {
        let mut it = items.into_iter();
        let (lower, upper) = it.size_hint();
        let upper = upper.expect("an upper bound");
        assert!(self.len + upper <= 8);
        unsafe {
            let p = self.items.as_mut_ptr().step(self.len);
            let mut n = 0;
            while n < lower {
                if let Some(x) = it.next() {
                    std::ptr::write(p.step(n), x); //~ out-of-bounds "as many elements are written as an iterator gives"
                    n += 1;
                } else {
                    break;
                }
            }
            self.len += n;
        }
        for x in it {
            self.items[self.len] = x;
            self.len += 1;
        }
    }
}
