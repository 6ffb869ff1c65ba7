// The same readers, with memory that was written before.
use std::io::{self, Read};

pub struct Decoder<R> {
    reader: R,
    data: Vec<u8>,
    sector: usize,
}

impl<R: Read> Decoder<R> {
    pub fn read_vec(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut buf = vec![0; n];
        self.reader.read_exact(&mut buf[..])?;
        Ok(buf)
    }

    pub fn read_some(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut buf = Vec::with_capacity(n);
        (&mut self.reader).take(n as u64).read_to_end(&mut buf)?;
        Ok(buf)
    }

    pub fn get(&mut self, id: usize) -> io::Result<&[u8]> {
        let start = id * self.sector;
        let end = start + self.sector;
        if end > self.data.len() {
            let len = self.data.len();
            self.data.resize(end, 0);
            self.reader.read_exact(&mut self.data[len..end])?;
        }
        Ok(&self.data[start..end])
    }

    // Zeroed by hand before it is handed out.
    pub fn zeroed(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut buf: Vec<u8> = Vec::with_capacity(n);
        unsafe {
            std::ptr::write_bytes(buf.as_mut_ptr(), 0, n);
            buf.set_len(n);
        }
        self.reader.read_exact(&mut buf)?;
        Ok(buf)
    }

    pub fn zeroed_after(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut buf: Vec<u8> = Vec::with_capacity(n);
        unsafe { buf.set_len(n) }
        for b in buf.iter_mut() {
            *b = 0;
        }
        self.reader.read_exact(&mut buf)?;
        Ok(buf)
    }

    pub fn filled(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut buf: Vec<u8> = Vec::with_capacity(n);
        unsafe { buf.set_len(n) }
        buf.fill(0);
        self.reader.read_exact(&mut buf)?;
        Ok(buf)
    }

    // The length shrinks, or comes back to what it was.
    pub fn shorter(&mut self) -> io::Result<()> {
        let old = self.data.len();
        unsafe { self.data.set_len(0) }
        let taken = self.reader.read(&mut [0; 8])?;
        unsafe { self.data.set_len(old) }
        if taken < old {
            unsafe { self.data.set_len(self.data.len() - taken) }
        }
        self.reader.read_exact(&mut self.data)
    }
}

pub fn read_words<R: Read>(reader: &mut R, n: usize) -> io::Result<Vec<u32>> {
    let mut words = vec![0u32; n];
    unsafe {
        let bytes = std::slice::from_raw_parts_mut(words.as_mut_ptr() as *mut u8, n * 4);
        reader.read_exact(bytes)?;
    }
    Ok(words)
}

pub fn through_object(reader: &mut dyn Read) -> io::Result<[u8; 16]> {
    let mut head: [u8; 16] = unsafe { std::mem::zeroed() };
    reader.read_exact(&mut head)?;
    Ok(head)
}

fn clear(buf: &mut [u8]) {
    for b in buf {
        *b = 0;
    }
}

pub fn cleared<R: Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    let mut buf = Vec::with_capacity(64);
    unsafe { buf.set_len(64) }
    clear(&mut buf);
    reader.read_exact(&mut buf)?;
    Ok(buf)
}

/// # Safety
///
/// `reader` must only write to what it is given.
pub unsafe fn trusted<R: Read>(reader: &mut R, n: usize) -> io::Result<Vec<u8>> {
    let mut buf = Vec::with_capacity(n);
    buf.set_len(n); //~? uninit-exposure "handed to `R::read_exact`"
    reader.read_exact(&mut buf)?;
    Ok(buf)
}
