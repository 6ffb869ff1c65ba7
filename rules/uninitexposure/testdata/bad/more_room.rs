//! A head was read; the room behind it was never written.
use std::io::{self, Read};

pub fn record<R: Read>(input: &mut R, len: usize) -> io::Result<Vec<u8>> {
    let mut data = vec![0; 5];
    input.read_exact(&mut data)?;
    data.reserve(len);
    unsafe { data.set_len(5 + len) }; //~ uninit-exposure "handed to `R::read_exact`"
    input.read_exact(&mut data[5..])?;
    Ok(data)
}
