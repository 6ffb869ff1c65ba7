// A reader that the caller chooses is given memory that was never written.
use std::io::{self, Read};

pub struct Decoder<R> {
    reader: R,
    data: Vec<u8>,
    sector: usize,
}

impl<R: Read> Decoder<R> {
    pub fn read_vec(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut buf = Vec::with_capacity(n);
        unsafe { buf.set_len(n) } //~ uninit-exposure "handed to `R::read_exact`"
        self.reader.read_exact(&mut buf[..])?;
        Ok(buf)
    }

    // The old contents stay; the new part is blank.
    pub fn get(&mut self, id: usize) -> io::Result<&[u8]> {
        let start = id * self.sector;
        let end = start + self.sector;
        if end > self.data.len() {
            let mut len = self.data.len();
            unsafe { self.data.set_len(end) } //~ uninit-exposure "handed to `R::read`"
            while len < end {
                let n = self.reader.read(&mut self.data[len..end])?;
                if n == 0 {
                    return Ok(&self.data[start..len]);
                }
                len += n;
            }
        }
        Ok(&self.data[start..end])
    }

    pub fn fill(&mut self) -> io::Result<usize> {
        let old = self.data.len();
        self.data.reserve(512);
        unsafe { self.data.set_len(self.data.capacity()) } //~ uninit-exposure "handed to `R::read`"
        let n = self.reader.read(&mut self.data[old..])?;
        self.data.truncate(old + n);
        Ok(n)
    }

    pub fn append(&mut self, n: usize) -> io::Result<()> {
        let old = self.data.len();
        self.data.reserve(n);
        unsafe { self.data.set_len(old + n) } //~ uninit-exposure "handed to `R::read_exact`"
        self.reader.read_exact(&mut self.data[old..])
    }
}

// No length is set before: the slice itself covers the spare capacity.
pub fn read_words<R: Read>(reader: &mut R, n: usize) -> io::Result<Vec<u32>> {
    let mut words = Vec::<u32>::with_capacity(n);
    unsafe {
        let bytes = std::slice::from_raw_parts_mut(words.as_mut_ptr() as *mut u8, n * 4); //~ uninit-exposure "handed to `R::read_exact`"
        reader.read_exact(bytes)?;
        words.set_len(n);
    }
    Ok(words)
}

pub fn through_object(reader: &mut dyn Read) -> io::Result<[u8; 16]> {
    let mut head: [u8; 16] = unsafe { std::mem::MaybeUninit::uninit().assume_init() }; //~ uninit-exposure "handed to"
    reader.read_exact(&mut head)?;
    Ok(head)
}

// What a wrapper of the chosen reader does, that reader may do.
pub fn buffered<R: Read>(reader: &mut io::BufReader<R>, n: usize) -> io::Result<Vec<u8>> {
    let mut buf = Vec::with_capacity(n);
    unsafe { buf.set_len(n) } //~ uninit-exposure "handed to"
    reader.read_exact(&mut buf)?;
    Ok(buf)
}

// The reader is called by another function of the crate.
fn read_all<R: Read>(reader: &mut R, buf: &mut [u8]) -> io::Result<()> {
    let mut at = 0;
    while at < buf.len() {
        at += reader.read(&mut buf[at..])?;
    }
    Ok(())
}

pub fn frame<R: Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    let mut buf = Vec::with_capacity(64);
    unsafe { buf.set_len(64) } //~ uninit-exposure "handed to `read_all`"
    read_all(reader, &mut buf)?;
    Ok(buf)
}

pub fn with_closure(n: usize, f: impl FnOnce(&mut [u8]) -> usize) -> Vec<u8> {
    let mut buf = Vec::with_capacity(n);
    unsafe { buf.set_len(n) } //~ uninit-exposure "handed to"
    let used = f(&mut buf);
    buf.truncate(used);
    buf
}

// MaybeUninit is taken off before anything was written.
pub fn into_spare<R: Read>(reader: &mut R, buf: &mut Vec<u8>) -> io::Result<usize> {
    buf.reserve(256);
    let spare = buf.spare_capacity_mut();
    let bytes = unsafe { std::slice::from_raw_parts_mut(spare.as_mut_ptr() as *mut u8, spare.len()) }; //~ uninit-exposure "handed to `R::read`"
    let n = reader.read(bytes)?;
    let len = buf.len();
    unsafe { buf.set_len(len + n) }
    Ok(n)
}

pub fn transmuted<R: Read>(reader: &mut R, buf: &mut Vec<u8>) -> io::Result<usize> {
    buf.reserve(256);
    let bytes: &mut [u8] = unsafe { std::mem::transmute(buf.spare_capacity_mut()) }; //~ uninit-exposure "handed to `R::read`"
    let n = reader.read(bytes)?;
    let len = buf.len();
    unsafe { buf.set_len(len + n) }
    Ok(n)
}

pub fn head<R: Read>(reader: &mut R) -> io::Result<[u8; 32]> {
    let mut head = std::mem::MaybeUninit::<[u8; 32]>::uninit();
    reader.read_exact(unsafe { head.assume_init_mut() })?; //~ uninit-exposure "handed to `R::read_exact`"
    Ok(unsafe { head.assume_init() })
}
