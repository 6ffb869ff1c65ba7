// The code between giving up and taking back can panic, and the panic is caught.
use std::panic::{catch_unwind, set_hook};

struct Order {
    items: Vec<u32>,
}

fn price(item: u32) -> u32 {
    if item > 100 {
        panic!("no such item: {item}");
    }
    item * 3
}

fn total(order: Order) -> u32 {
    let raw = Box::into_raw(Box::new(order)); //~ orphan-object
    let mut sum = 0;
    for &item in unsafe { &(*raw).items } {
        sum += price(item);
    }
    drop(unsafe { Box::from_raw(raw) });
    sum
}

fn main() {
    set_hook(Box::new(|_| {}));
    println!("{}", total(Order { items: vec![1, 2] }));
    println!("{}", catch_unwind(|| total(Order { items: vec![1, 200] })).is_err());
}
