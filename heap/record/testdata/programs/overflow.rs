//! Overflows its stack.
#[inline(never)]
fn deep(n: u64) -> u64 {
    let v = vec![n; 3];
    if n == u64::MAX { 0 } else { deep(std::hint::black_box(n + 1)) + v[1] }
}

fn main() {
    println!("{}", deep(0));
}
