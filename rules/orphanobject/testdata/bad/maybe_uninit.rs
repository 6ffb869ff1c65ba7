// What is written into a MaybeUninit is dropped only by who says that it is there.
use std::mem::MaybeUninit;

fn measured(text: String) -> usize {
    let slot = MaybeUninit::new(text); //~ orphan-object
    unsafe { slot.assume_init_ref() }.len()
}

fn main() {
    println!("{}", measured("abc".repeat(2)));
}
