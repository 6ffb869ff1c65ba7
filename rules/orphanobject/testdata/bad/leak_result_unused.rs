// The reference that Box::leak returns is thrown away: nothing can use the memory.
fn note(line: &str) -> usize {
    Box::leak(line.to_uppercase().into_boxed_str()); //~ orphan-object
    line.len()
}

fn grow(n: usize) {
    let _ = Vec::leak(vec![0u64; n]); //~ orphan-object
}

fn main() {
    let n = note("hello");
    grow(n);
    println!("{n}");
}
