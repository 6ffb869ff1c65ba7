use std::io::{self, Read};

const MAX: usize = 1 << 20;

fn read_u32<R: Read>(r: &mut R) -> io::Result<u32> {
    let mut b = [0; 4];
    r.read_exact(&mut b)?;
    Ok(u32::from_be_bytes(b))
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "too long")
}

// Compared with a limit.
pub fn frame<R: Read>(r: &mut R) -> io::Result<Vec<u8>> {
    let n = read_u32(r)? as usize;
    if n > MAX {
        return Err(too_long());
    }
    let mut buf = vec![0; n];
    r.read_exact(&mut buf)?;
    Ok(buf)
}

// Checked by a call.
fn check(n: usize) -> io::Result<()> {
    if n > MAX { Err(too_long()) } else { Ok(()) }
}

pub fn frame_checked<R: Read>(r: &mut R) -> io::Result<Vec<u8>> {
    let n = read_u32(r)? as usize;
    check(n)?;
    let mut buf = vec![0; n];
    r.read_exact(&mut buf)?;
    Ok(buf)
}

// The start is small; it grows with the data.
pub fn frame_growing<R: Read>(r: &mut R) -> io::Result<Vec<u8>> {
    let n = read_u32(r)?;
    let mut buf = Vec::with_capacity((n as usize).min(4096));
    r.take(n as u64).read_to_end(&mut buf)?;
    Ok(buf)
}

// At most 64 KiB; as long as what is there.
pub fn short(data: &[u8]) -> Vec<u8> {
    let n = u16::from_be_bytes([data[0], data[1]]) as usize;
    let mut out = Vec::with_capacity(n);
    out.extend_from_slice(&data[2..]);
    out.reserve(data.len());
    out
}

// Compared with the input that is left.
pub fn records(data: &[u8]) -> Option<Vec<u64>> {
    let n = u32::from_le_bytes([data[0], data[1], data[2], data[3]]) as usize;
    if data.len() - 4 < n {
        return None;
    }
    let mut out = Vec::with_capacity(n);
    for c in data[4..].chunks_exact(8) {
        out.push(u64::from_le_bytes(c.try_into().unwrap()));
    }
    Some(out)
}

// The limit stands where the size goes.
pub struct Stream<R> {
    inner: R,
}

impl<R: Read> Stream<R> {
    fn bytes_into(&mut self, count: u32, target: &mut Vec<u8>) -> io::Result<()> {
        if count < 1024 {
            target.reserve(count as usize);
        }
        (&mut self.inner).take(count as u64).read_to_end(target)?;
        Ok(())
    }
    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let n = read_u32(&mut self.inner)?;
        let mut out = Vec::new();
        self.bytes_into(n, &mut out)?;
        Ok(out)
    }
}

fn main() {}
