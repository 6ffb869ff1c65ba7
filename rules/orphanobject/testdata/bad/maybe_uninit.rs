// What is written into a MaybeUninit is dropped only by who says that it is there.
use std::mem::MaybeUninit;

fn measured(text: String) -> usize {
    let slot = MaybeUninit::new(text); //~ orphan-object
    unsafe { slot.assume_init_ref() }.len()
}

fn stored(value: u32) -> u32 {
    let mut slot: MaybeUninit<Box<u32>> = MaybeUninit::uninit();
    slot.write(Box::new(value)); //~ orphan-object
    unsafe { **slot.assume_init_ref() }
}

fn main() {
    println!("{} {}", measured("abc".repeat(2)), stored(7));
}
