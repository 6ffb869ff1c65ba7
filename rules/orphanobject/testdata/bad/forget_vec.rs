// The buffer is forgotten to spare its destructor; no pointer to it was kept.
use std::mem;

fn checksum(data: Vec<u8>) -> u32 {
    let sum = data.iter().fold(0u32, |a, &b| a.rotate_left(3) ^ u32::from(b));
    mem::forget(data); //~ orphan-object
    sum
}

fn shrink(mut data: Vec<String>, keep: usize) -> Vec<String> {
    let tail = data.split_off(keep.min(data.len()));
    std::mem::forget(tail); //~ orphan-object
    data
}

fn main() {
    println!("{}", checksum(vec![1, 2, 3]));
    println!("{:?}", shrink(vec!["a".to_string(), "b".to_string()], 1));
}
