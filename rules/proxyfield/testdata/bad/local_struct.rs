// The pointer waits in a plain struct that never leaves the function.
struct Slot {
    text: *mut String, //~ proxy-field "no Drop"
    uses: u32,
}

fn visits(name: &str, rounds: u32) -> u32 {
    let mut slot = Slot { text: Box::into_raw(Box::new(name.to_string())), uses: 0 };
    for _ in 0..rounds {
        slot.uses += unsafe { (&*slot.text).len() } as u32;
    }
    slot.uses
}

fn main() {
    println!("{}", visits("ab", 2));
}
