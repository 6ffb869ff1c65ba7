// A value written into a MaybeUninit that nothing takes out.
use std::mem::MaybeUninit;

fn stored(value: u32) -> u32 {
    let mut slot: MaybeUninit<Box<u32>> = MaybeUninit::uninit();
    slot.write(Box::new(value)); //~ orphan-object
    unsafe { **slot.assume_init_ref() }
}

fn main() {
    println!("{}", stored(7));
}
