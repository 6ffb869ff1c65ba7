// Each turn gives up a value and takes it back, whichever way it goes.
use std::mem::ManuallyDrop;

pub fn sum(list: Vec<Box<u64>>) -> u64 {
    let mut sum = 0;
    for each in list {
        let raw = Box::into_raw(each);
        let each = unsafe { Box::from_raw(raw) };
        if *each == 0 {
            continue;
        }
        sum += *each;
    }
    sum
}

pub fn drain(mut list: Vec<ManuallyDrop<Box<u64>>>) -> u64 {
    let mut sum = 0;
    while let Some(mut each) = list.pop() {
        match **each {
            0 => unsafe { ManuallyDrop::drop(&mut each) },
            n => {
                sum += n;
                unsafe { ManuallyDrop::drop(&mut each) }
            }
        }
    }
    sum
}
