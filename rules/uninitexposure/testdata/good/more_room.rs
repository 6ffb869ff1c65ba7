//! The room is filled before anybody looks at it.
use std::io::{self, Read};

pub fn record<R: Read>(input: &mut R, len: usize) -> io::Result<Vec<u8>> {
    let mut data = vec![0; 5];
    input.read_exact(&mut data)?;
    data.resize(5 + len, 0);
    input.read_exact(&mut data[5..])?;
    Ok(data)
}

pub fn filled(head: &[u8], n: usize) -> Vec<u8> {
    let mut data = vec![0; 5];
    data.copy_from_slice(&head[..5]);
    data.reserve(n);
    unsafe {
        for i in 0..n {
            data.as_mut_ptr().add(5 + i).write(1);
        }
        data.set_len(5 + n);
    }
    data
}
