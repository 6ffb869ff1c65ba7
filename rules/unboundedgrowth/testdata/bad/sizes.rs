use std::io::{self, Read};

fn read_u32<R: Read>(r: &mut R) -> io::Result<u32> {
    let mut b = [0; 4];
    r.read_exact(&mut b)?;
    Ok(u32::from_be_bytes(b))
}

pub fn frame<R: Read>(r: &mut R) -> io::Result<Vec<u8>> {
    let n = read_u32(r)? as usize;
    let mut buf = vec![0; n]; //~ unbounded-growth "`vec![x; n]` allocates as much as a number in the input says"
    r.read_exact(&mut buf)?;
    Ok(buf)
}

pub fn records(data: &[u8]) -> Vec<u64> {
    let n = u32::from_le_bytes([data[0], data[1], data[2], data[3]]);
    let mut out = Vec::with_capacity(n as usize); //~ unbounded-growth "`Vec::with_capacity` allocates"
    for c in data[4..].chunks_exact(8) {
        out.push(u64::from_le_bytes(c.try_into().unwrap()));
    }
    out
}

// The size goes through a function.
pub struct Stream<R> {
    inner: R,
}

impl<R: Read> Stream<R> {
    fn varint(&mut self) -> io::Result<u64> {
        let mut b = [0; 8];
        self.inner.read_exact(&mut b)?;
        Ok(u64::from_be_bytes(b))
    }
    fn bytes_into(&mut self, count: u64, target: &mut Vec<u8>) -> io::Result<()> {
        target.reserve(count as usize); //~ unbounded-growth "`Vec::reserve` allocates"
        let mut part = (&mut self.inner).take(count);
        part.read_to_end(target)?;
        Ok(())
    }
    pub fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let n = self.varint()?;
        let mut out = Vec::new();
        if n > 0 {
            self.bytes_into(n, &mut out)?;
        }
        Ok(out)
    }
}

// The caller has read it, most likely.
pub fn read_block<'a>(mut source: impl Iterator<Item = &'a u8>, len: impl Into<usize>) -> Option<Vec<u8>> {
    let mut block = vec![0; len.into()]; //~? unbounded-growth "`vec![x; n]` allocates"
    for b in block.iter_mut() {
        *b = *source.next()?;
    }
    Some(block)
}

fn main() {}
