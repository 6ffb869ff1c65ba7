// A block from C, released on the way that works and not on the other.
use std::ffi::c_void;

extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(p: *mut c_void);
}

fn reversed(text: &str) -> Result<String, std::str::Utf8Error> {
    unsafe {
        let p = malloc(text.len() + 1).cast::<u8>(); //~ orphan-object
        if p.is_null() {
            return Ok(String::new());
        }
        for (i, b) in text.bytes().rev().enumerate() {
            p.add(i).write(b);
        }
        let out = std::str::from_utf8(std::slice::from_raw_parts(p, text.len()))?.to_string();
        free(p.cast());
        Ok(out)
    }
}

fn main() {
    println!("{:?}", reversed("abc"));
    println!("{:?}", reversed("é").is_err());
}
