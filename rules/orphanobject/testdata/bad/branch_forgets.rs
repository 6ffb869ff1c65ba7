// One side of a condition releases the buffer, the other returns.
use std::collections::HashMap;

#[derive(Default)]
struct Cache {
    sizes: HashMap<u32, usize>,
}

impl Cache {
    fn add(&mut self, key: u32, data: Vec<u8>) -> bool {
        let size = data.len();
        let raw = Box::into_raw(data.into_boxed_slice()); //~ orphan-object
        if self.sizes.insert(key, size).is_some() {
            return false;
        }
        let sum: u32 = unsafe { (*raw).iter().map(|&b| u32::from(b)).sum() };
        drop(unsafe { Box::from_raw(raw) });
        sum > 0
    }
}

fn main() {
    let mut cache = Cache::default();
    println!("{}", cache.add(1, vec![1, 2, 3]));
    println!("{}", cache.add(1, vec![4, 5]));
}
