// An owner is made of borrowed memory, for what asks for one, and is never dropped.
use std::mem::ManuallyDrop;

unsafe fn fake(text: &str) -> ManuallyDrop<String> {
    unsafe {
        let bytes = Vec::from_raw_parts(text.as_ptr() as *mut u8, text.len(), text.len());
        ManuallyDrop::new(String::from_utf8_unchecked(bytes))
    }
}

pub fn known(names: &[String], name: &str) -> bool {
    let fake = unsafe { fake(name) };
    names.contains(&fake)
}
