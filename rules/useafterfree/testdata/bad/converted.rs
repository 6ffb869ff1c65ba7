// The pointer is copied before a conversion that may move the buffer.
use std::mem;

#[derive(Clone, Copy)]
struct Span {
    at: *mut u8,
    len: usize,
}

impl Span {
    fn ptr(self) -> *mut u8 {
        self.at
    }
}

pub struct Bits {
    span: Span,
    cap: usize,
}

pub struct Frozen(Span);

impl Bits {
    fn into_vec(self) -> Vec<u8> {
        let v = unsafe { Vec::from_raw_parts(self.span.at, self.span.len, self.cap) };
        mem::forget(self);
        v
    }
    fn into_boxed_slice(self) -> Box<[u8]> {
        self.into_vec().into_boxed_slice()
    }
    pub fn freeze(self) -> Frozen {
        let span = self.span;
        mem::forget(self.into_boxed_slice());
        let len = span.len;
        Frozen(Span { at: span.ptr(), len }) //~? use-after-free "after the buffer may have moved"
    }
}

impl Drop for Bits {
    fn drop(&mut self) {
        drop(unsafe { Vec::from_raw_parts(self.span.at, self.span.len, self.cap) });
    }
}

fn stale(mut v: Vec<u8>) -> u8 {
    let p = v.as_ptr();
    v.push(1);
    unsafe { *p } //~? use-after-free "after the buffer may have moved"
}

fn main() {
    let mut v = vec![1u8];
    let b = Bits { span: Span { at: v.as_mut_ptr(), len: 1 }, cap: v.capacity() };
    mem::forget(v);
    println!("{:p} {}", b.freeze().0.at, stale(vec![1]));
}
