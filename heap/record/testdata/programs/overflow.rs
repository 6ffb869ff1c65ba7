//! Overflows its stack.
#[inline(never)]
fn deep(n: u64) -> u64 {
    let v = vec![n; 3];
    let room = std::hint::black_box([n; 1000]); // so that the stack does not hold too many calls
    if n == u64::MAX { 0 } else { deep(std::hint::black_box(n + 1)) + v[1] + room[7] }
}

fn main() {
    println!("{}", deep(0));
}
