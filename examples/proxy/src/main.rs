//! A frame hides its pixels behind a raw pointer. To the compiler the pointer
//! is a number: when a frame goes, its pixels stay.

use std::ops::Deref;

struct Frame {
    pixels: *mut u8,
    len: usize,
}

impl Frame {
    fn new(len: usize, colour: u8) -> Frame {
        let pixels = vec![colour; len].into_boxed_slice();
        Frame { pixels: Box::into_raw(pixels).cast(), len }
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        unsafe { std::slice::from_raw_parts(self.pixels, self.len) }
    }
}

fn main() {
    let mut sum = 0u64;
    for colour in 0..3 {
        let frame = Frame::new(1024, colour);
        sum += frame.iter().map(|&p| u64::from(p)).sum::<u64>();
    }
    println!("three frames, sum of their pixels {sum}");
}
